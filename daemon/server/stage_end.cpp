// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/stage_end.hpp"

namespace kbtf {

void StageEnd::end(const std::string& id, std::function<bool()> wanted,
                   std::function<void(Expected<Ended>)> then) {
  when_written([this, id, wanted = std::move(wanted), then = std::move(then)] {
    end_now(id, wanted, then);
  });
}

void StageEnd::end_now(const std::string& id, std::function<bool()> wanted,
                       const std::function<void(Expected<Ended>)>& then) {
  const auto stage = m_stages.find(id);
  if (!stage && m_stages.has_ended(id)) {
    Ended before;
    before.has_ended = true;
    return then(before);
  }
  if (!stage)
    return then(stage.forward_error());
  m_is_ending = true;
  m_writer.write(**stage, std::move(wanted), [this, id, then](StageWriter::Written written) {
    const auto written_stage = m_stages.find(id);
    if (!written_stage) // dropped meanwhile
      return close(id, std::move(written), then);
    m_links.touch(**written_stage,
                  [this, id, then, written = std::move(written)] { close(id, written, then); });
  });
}

void StageEnd::close(const std::string& id, StageWriter::Written written,
                     const std::function<void(Expected<Ended>)>& then) {
  Ended ended;
  if (const auto stage = m_stages.find(id)) {
    (*stage)->counts.btf_renumbered = written.renumbered.size();
    m_profiles.queue(**stage);
    m_checks.queue(**stage, written.renumbered, m_stages.turn());
  }
  ended.counts = m_stages.end(id);
  const bool has_written = !written.renumbered.empty();
  ended.renumbered = std::move(written.renumbered);
  ended.again = std::move(written.again);
  then(std::move(ended));
  // What was worked out for another tree, or ahead of this one's next plan, stays.
  if (has_written)
    m_batches.forget();
  open_again();
}

void StageEnd::when_written(std::function<void()> then) {
  if (m_is_ending)
    m_waiting.push_back(std::move(then));
  else
    then();
}

void StageEnd::open_again() {
  m_is_ending = false;
  while (!m_is_ending && !m_waiting.empty()) {
    const auto then = std::move(m_waiting.front());
    m_waiting.pop_front();
    then();
  }
}

} // namespace kbtf
