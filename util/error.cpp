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
  case ErrorKind::no_space:
    return "no_space";
  case ErrorKind::timeout:
    return "timeout";
  case ErrorKind::refused:
    return "refused";
  case ErrorKind::incompatible:
    return "incompatible";
  case ErrorKind::unsupported:
    return "unsupported";
  }
  return "unknown";
}

Error errno_error(std::string text) {
  return errno_error(std::move(text), errno);
}

Error errno_error(std::string text, int error_number) {
  ErrorKind kind = ErrorKind::io;
  if (error_number == ENOSPC || error_number == EDQUOT)
    kind = ErrorKind::no_space;
  else if (error_number == ENOENT || error_number == ENOTDIR)
    kind = ErrorKind::not_found;
  // strerror is used from several threads; strerror_r's GNU form never fails.
  char buffer[128];
  text += ": ";
  text += ::strerror_r(error_number, buffer, sizeof buffer);
  return Error{kind, std::move(text)};
}

} // namespace kbtf
