// SPDX-License-Identifier: GPL-2.0-only
// Counts work in progress by handles: the work holds a WorkToken, and dropping it ends the work.
// Knows nothing of the work. Any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace kbtf {

// One piece of work. Move-only; ends the work on destruction. May outlive its OpenWork.
class WorkToken {
public:
  WorkToken() = default;
  WorkToken(const WorkToken&) = delete;
  WorkToken& operator=(const WorkToken&) = delete;
  WorkToken(WorkToken&& other) noexcept : m_state(std::exchange(other.m_state, nullptr)) {}
  WorkToken& operator=(WorkToken&& other) noexcept;
  ~WorkToken() { end(); }

  void end();

private:
  friend class OpenWork;
  struct State;
  explicit WorkToken(std::shared_ptr<State> state) : m_state(std::move(state)) {}
  std::shared_ptr<State> m_state;
};

static_assert(!std::is_copy_constructible_v<WorkToken>);

class OpenWork {
public:
  enum class Change { begun, ended };
  // Calls `on_change` when the first piece begins and when the last one ends, on the thread that
  // does that. It must not begin or end work, and is not called after destruction.
  explicit OpenWork(std::function<void(Change)> on_change);
  OpenWork(const OpenWork&) = delete;
  OpenWork& operator=(const OpenWork&) = delete;
  ~OpenWork();

  [[nodiscard]] WorkToken begin();
  // For callbacks that must be copyable: the last copy ends the work.
  [[nodiscard]] std::shared_ptr<WorkToken> begin_shared();
  [[nodiscard]] std::size_t count() const;

private:
  std::shared_ptr<WorkToken::State> m_state;
};

} // namespace kbtf
