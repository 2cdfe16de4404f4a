// SPDX-License-Identifier: GPL-2.0-only
// Test helper: what an Expected holds, said in a way that shows the error when it is another.
#pragma once

#include "util/error.hpp"

#include <gtest/gtest.h>
#include <string>

namespace kbtf::test {

template <typename T> testing::AssertionResult is_ok(const Expected<T>& result) {
  if (result)
    return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << to_string(result.error().kind) << ": " << result.error().text;
}

// An error of this kind, with `text` somewhere in its words.
template <typename T>
testing::AssertionResult is_error(const Expected<T>& result, ErrorKind kind,
                                  const std::string& text = "") {
  if (result)
    return testing::AssertionFailure() << "no error, expected " << to_string(kind);
  if (result.error().kind == kind && result.error().text.find(text) != std::string::npos)
    return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << to_string(result.error().kind) << ": " << result.error().text << "; expected "
         << to_string(kind) << " with \"" << text << '"';
}

} // namespace kbtf::test
