// SPDX-License-Identifier: GPL-2.0-only
// BTF steps: what happens before the tree's own cmd_btf_ko runs on a module, and after it. A step
// is marked in the records before the first byte changes, so that whatever ends it (a client that
// dies, two makes at once, a daemon that is killed) leaves a module that is not believed. Knows
// stages by what it is given. Event loop's thread; what blocks runs on the pool.
#pragma once

#include "daemon/server/ground.hpp"
#include "daemon/server/open_steps.hpp"
#include "daemon/server/patch_queue.hpp"
#include "daemon/server/stage.hpp"
#include "daemon/stage/finished_module.hpp"
#include "daemon/tools/link_key.hpp"
#include "util/fd.hpp"
#include "util/replacing.hpp"

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

namespace kbtf {

// The BTF step that one connection has begun and not finished, so that a client that dies is
// noticed. Owned by the session.
struct OpenStep {
  std::string ko;           // absolute; empty: none
  std::shared_ptr<Fd> peer; // the connection's socket again, for is_peer_there()
  // To be asked before a module is replaced: has the client given up? Any thread.
  [[nodiscard]] std::function<bool()> still_asked() const {
    return [peer = peer] { return peer && is_peer_there(*peer); };
  }
};

class StepTracker {
public:
  // `on_recorded` as for PatchQueue.
  StepTracker(Ground& ground, std::function<void(const ModuleRecord&)> on_recorded);

  struct Begun {
    std::string why_relink; // empty: the .ko holds its pristine bytes, the step may run
  };
  using OnBegun = std::function<void(Begun)>;

  // The .ko was just linked, as `link` says.
  void begin_linked(const std::string& ko, const Stage& stage, LinkSpec link, OpenStep& step,
                    OnBegun then);
  // The .ko has BTF already: its pristine bytes are put in place first, where that can be.
  void begin_finished(const std::string& ko, const Stage& stage, OpenStep& step, OnBegun then);

  // The step of `step` has ended, and well if `is_done`. `then` is called when it is recorded.
  void finish(const Stage& stage, bool is_done, OpenStep& step, std::function<void()> then);
  // The connection is gone: a step that it began is not to be believed.
  void abandon(const OpenStep& step);

  [[nodiscard]] bool is_active(const std::string& ko) const { return m_active.contains(ko); }
  // Below this directory.
  [[nodiscard]] bool is_active_in(const std::string& tree) const;
  [[nodiscard]] bool has_active() const { return !m_active.empty(); }
  // Nobody knows what the .ko holds: it is linked next time, whatever it looks like.
  void doubt(const std::string& ko, const std::string& why);
  [[nodiscard]] PatchQueue& patches() { return m_patches; }
  [[nodiscard]] const PatchQueue& patches() const { return m_patches; }

private:
  struct Active {
    std::string stage;
    PristineCopyPtr copy;
    bool is_linked = false;                 // just now:
    ContentHash inputs;                     // of that link
    std::function<ContentHash()> hash_link; // likewise
    WorkToken hurry;
  };

  void open(const std::string& ko, OpenStep& step);
  void mark_writing(const std::string& ko, const Stage& stage, bool is_linked);
  void take_finished(const std::string& ko, const std::string& stage, const StageFacts& facts,
                     const Expected<FinishedModule>& made);
  void record_finished(const std::string& ko, const StageFacts& facts, const FinishedModule& made,
                       Active done);

  Ground& m_ground;
  std::unordered_map<std::string, Active> m_active; // by ko: a step is running
  OpenSteps m_open_steps;
  PatchQueue m_patches;
};

} // namespace kbtf
