// SPDX-License-Identifier: GPL-2.0-only
// Errors as values: Expected<T> holds a T or an Error. An Error has a kind, on which callers
// branch, and one line of text for people, which says what failed and where. A kind exists only if
// some caller acts differently on it; each says which one. Plain values: any thread.
#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace kbtf {

enum class ErrorKind {
  io,          // a system call failed, or took too long: everything else
  not_found,   // the file, section or record does not exist: make's own tools report it (the plan),
               // pahole may not need it (the tool key), nobody holds the lock (kbtf stop)
  malformed,   // input that violates its format: a damaged state is replaced
  file_moved,  // the file changed while it was read: nothing is recorded of it, and FileHashes
               // reads it again if it waits for a file to settle
  refused,     // nobody listens, or somebody holds the lock: start a daemon, or do not
  unsupported, // a valid input that this program does not handle, or of another version: fall back
               // to the stock commands; a state of another version is replaced
};

// Returns the kind's name as it is logged and tested, for example "file_moved".
[[nodiscard]] const char* to_string(ErrorKind kind);

struct Error {
  ErrorKind kind;
  std::string text;
};

// Makes an Error from errno: "TEXT: strerror". ENOENT and ENOTDIR become not_found, all others io.
[[nodiscard]] Error errno_error(std::string text);
[[nodiscard]] Error errno_error(std::string text, int error_number);

// Marks an Error on its way into an Expected, so that Expected<Error-like> stays unambiguous.
struct Unexpected {
  Error error;
};

[[nodiscard]] inline Unexpected unexpected(Error error) {
  return Unexpected{std::move(error)};
}
[[nodiscard]] inline Unexpected unexpected(ErrorKind kind, std::string text) {
  return Unexpected{Error{kind, std::move(text)}};
}

// A T or an Error. Reading the wrong one throws std::bad_variant_access: a bug, never input.
template <typename T> class [[nodiscard]] Expected {
public:
  Expected(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
  Expected(Unexpected e) : m_state(std::in_place_index<1>, std::move(e.error)) {}

  [[nodiscard]] explicit operator bool() const { return m_state.index() == 0; }
  [[nodiscard]] T& operator*() & { return std::get<0>(m_state); }
  [[nodiscard]] const T& operator*() const& { return std::get<0>(m_state); }
  [[nodiscard]] T&& operator*() && { return std::get<0>(std::move(m_state)); }
  [[nodiscard]] T* operator->() { return &std::get<0>(m_state); }
  [[nodiscard]] const T* operator->() const { return &std::get<0>(m_state); }
  [[nodiscard]] const Error& error() const { return std::get<1>(m_state); }
  [[nodiscard]] Unexpected forward_error() const { return Unexpected{error()}; }

private:
  std::variant<T, Error> m_state;
};

struct Ok {};
using Status = Expected<Ok>;

} // namespace kbtf
