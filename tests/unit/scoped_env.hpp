// SPDX-License-Identifier: GPL-2.0-only
// Test helper: environment variables that are as they were when the object goes.
#pragma once

#include <cstdlib>
#include <map>
#include <optional>
#include <string>

namespace kbtf::test {

class ScopedEnv {
public:
  ScopedEnv() = default;
  ScopedEnv(const ScopedEnv&) = delete;
  ScopedEnv& operator=(const ScopedEnv&) = delete;
  ~ScopedEnv() {
    for (const auto& [name, value] : m_old)
      apply(name, value);
  }

  void set(const std::string& name, const std::string& value) { change(name, value); }
  void unset(const std::string& name) { change(name, std::nullopt); }

private:
  using Value = std::optional<std::string>;

  void change(const std::string& name, const Value& value) {
    const char* old = std::getenv(name.c_str());
    m_old.try_emplace(name, old ? Value(old) : std::nullopt);
    apply(name, value);
  }
  static void apply(const std::string& name, const Value& value) {
    if (value)
      ::setenv(name.c_str(), value->c_str(), 1);
    else
      ::unsetenv(name.c_str());
  }

  std::map<std::string, Value> m_old;
};

} // namespace kbtf::test
