// SPDX-License-Identifier: GPL-2.0-only
// Test helper: a directory of one test's own, and the few whole-file operations tests need.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iostream>
#include <iterator>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace kbtf::test {

inline std::vector<std::byte> to_bytes(const std::string& text) {
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

inline std::string to_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void spill(const std::string& path, const std::string& text) {
  if (!(std::ofstream(path, std::ios::binary | std::ios::trunc) << text << std::flush))
    throw std::runtime_error("cannot write " + path);
}

// Created empty under a name that nobody else has; removed with its object, unless the test
// failed: then it is left behind and named.
class TempDir {
public:
  TempDir() : m_test(testing::UnitTest::GetInstance()->current_test_info()) {
    std::string name = testing::TempDir() + "kbtf-test-XXXXXX";
    if (!::mkdtemp(name.data()))
      throw std::runtime_error("cannot create " + name);
    m_path = std::filesystem::canonical(name).string();
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    if (m_test && m_test->result()->Failed())
      std::cerr << "left behind: " << m_path << '\n';
    else
      std::filesystem::remove_all(m_path, ignored);
  }

  [[nodiscard]] const std::string& path() const { return m_path; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return m_path + "/" + name; }
  // Writes a file and returns its path.
  [[nodiscard]] std::string file(const std::string& name, const std::string& text) const {
    spill(*this / name, text);
    return *this / name;
  }
  // Names of what is in the directory, sorted.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(m_path))
      found.push_back(entry.path().filename().string());
    std::sort(found.begin(), found.end());
    return found;
  }

private:
  const testing::TestInfo* m_test;
  std::string m_path;
};

// Path in a directory that the running test has to itself.
inline std::string test_file(const std::string& name) {
  static std::unique_ptr<TempDir> dir;
  static const testing::TestInfo* owner = nullptr;
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  if (owner != test)
    dir = std::make_unique<TempDir>();
  owner = test;
  return *dir / name;
}

} // namespace kbtf::test
