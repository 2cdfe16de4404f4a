// SPDX-License-Identifier: GPL-2.0-only
#include "util/error.hpp"

#include <cerrno>
#include <cstring>

namespace kbtf {

const char* to_string(ErrorKind kind) {
  switch (kind) {
  case ErrorKind::io:
    return "io";
  case ErrorKind::not_found:
    return "not_found";
  case ErrorKind::malformed:
    return "malformed";
  case ErrorKind::file_moved:
    return "file_moved";
  case ErrorKind::refused:
    return "refused";
  case ErrorKind::unsupported:
    return "unsupported";
  }
  return "unknown";
}

Error errno_error(std::string text) {
  return errno_error(std::move(text), errno);
}

Error errno_error(std::string text, int error_number) {
  const bool is_missing = error_number == ENOENT || error_number == ENOTDIR;
  // strerror is not thread-safe; strerror_r's GNU form is, and never fails.
  char buffer[128];
  text += ": ";
  text += ::strerror_r(error_number, buffer, sizeof buffer);
  return Error{is_missing ? ErrorKind::not_found : ErrorKind::io, std::move(text)};
}

} // namespace kbtf
