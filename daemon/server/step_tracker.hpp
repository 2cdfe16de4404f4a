// SPDX-License-Identifier: GPL-2.0-only
// BTF steps: what happens before and after the tree's own cmd_btf_ko runs on a module. Marks a step
// in the records before the first byte changes, so that whatever ends it (a client that dies, two
// makes at once, a killed daemon), the module is not believed. Knows stages only as arguments.
// Event loop's thread; blocking work runs on the pool.
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

// The unfinished BTF step of one connection, to notice a client that dies. Owned by the session.
struct OpenStep {
  std::string ko;           // absolute; empty: none
  std::shared_ptr<Fd> peer; // a duplicate of the connection's socket, for is_peer_there()
  // Call before replacing a module: does the client still wait? Any thread.
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

  // For a .ko that was just linked, as `link` says.
  void begin_linked(const std::string& ko, const Stage& stage, LinkSpec link, OpenStep& step,
                    OnBegun then);
  // For a .ko that has BTF already: first restores its pristine bytes, if possible.
  void begin_finished(const std::string& ko, const Stage& stage, OpenStep& step, OnBegun then);

  // The step of `step` has ended, successfully if `is_done`. Calls `then` when that is recorded.
  void finish(const Stage& stage, bool is_done, OpenStep& step, std::function<void()> then);
  // The connection is gone: do not believe a step that it began.
  void abandon(const OpenStep& step);

  [[nodiscard]] bool is_active(const std::string& ko) const { return m_active.contains(ko); }
  // Whether a step runs on a module below this directory.
  [[nodiscard]] bool is_active_in(const std::string& tree) const;
  [[nodiscard]] bool has_active() const { return !m_active.empty(); }
  // Puts the .ko in doubt: the next build links it, whatever it looks like.
  void doubt(const std::string& ko, const std::string& why);
  [[nodiscard]] PatchQueue& patches() { return m_patches; }
  [[nodiscard]] const PatchQueue& patches() const { return m_patches; }

private:
  struct Active {
    std::string stage;
    PristineCopyPtr copy;
    bool is_linked = false;                 // just before the step
    ContentHash inputs;                     // of that link, if is_linked
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
