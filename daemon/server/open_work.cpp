// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/open_work.hpp"

#include <mutex>

namespace kbtf {

struct WorkToken::State {
  std::mutex mutex;
  std::size_t count = 0;
  std::function<void(OpenWork::Change)> on_change; // empty: nobody is listening
};

WorkToken& WorkToken::operator=(WorkToken&& other) noexcept {
  if (this != &other) {
    end();
    m_state = std::exchange(other.m_state, nullptr);
  }
  return *this;
}

void WorkToken::end() {
  const auto state = std::exchange(m_state, nullptr);
  if (!state)
    return;
  const std::lock_guard lock(state->mutex);
  if (--state->count == 0 && state->on_change)
    state->on_change(OpenWork::Change::ended);
}

OpenWork::OpenWork(std::function<void(Change)> on_change)
    : m_state(std::make_shared<WorkToken::State>()) {
  m_state->on_change = std::move(on_change);
}

OpenWork::~OpenWork() {
  const std::lock_guard lock(m_state->mutex);
  m_state->on_change = nullptr;
}

WorkToken OpenWork::begin() {
  const std::lock_guard lock(m_state->mutex);
  if (m_state->count++ == 0 && m_state->on_change)
    m_state->on_change(Change::begun);
  return WorkToken(m_state);
}

std::shared_ptr<WorkToken> OpenWork::begin_shared() {
  return std::make_shared<WorkToken>(begin());
}

std::size_t OpenWork::count() const {
  const std::lock_guard lock(m_state->mutex);
  return m_state->count;
}

} // namespace kbtf
