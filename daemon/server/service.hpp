// SPDX-License-Identifier: GPL-2.0-only
// What kbtfd does for each verb. Owns records, stages, the watcher and the background worker;
// knows nothing of sockets. All members run on the event loop's thread; work that blocks goes to
// the pool and comes back by post(), so that no request waits for another's disk.
#pragma once

#include "daemon/server/idle_worker.hpp"
#include "daemon/server/open_steps.hpp"
#include "daemon/server/records.hpp"
#include "daemon/server/renumberer.hpp"
#include "daemon/server/stage.hpp"
#include "daemon/server/thread_pool.hpp"
#include "daemon/stage/finished_module.hpp"
#include "daemon/stage/profile_maker.hpp"
#include "daemon/stage/regenerate.hpp"
#include "daemon/stage/self_check.hpp"
#include "daemon/stage/tree.hpp"
#include "daemon/store/patch_worker.hpp"
#include "daemon/tools/file_hashes.hpp"
#include "daemon/tools/link_key.hpp"
#include "daemon/watch/watcher.hpp"
#include "proto/message.hpp"
#include "util/guarded.hpp"
#include "util/replacing.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace kbtf {

// Called once with the frame to send: a reply or an error.
using Respond = std::function<void(nlohmann::json)>;

// The BTF step that one connection has begun and not finished, so that a client that dies is
// noticed. Owned by the session.
struct OpenStep {
  std::string ko;           // absolute; empty: none
  std::shared_ptr<Fd> peer; // the connection's socket once more, for is_peer_there()
  // To be asked before a module is replaced: has the client given up? Any thread.
  [[nodiscard]] std::function<bool()> still_asked() const {
    return [peer = peer] { return peer && is_peer_there(*peer); };
  }
};

class Service {
public:
  struct Places {
    std::string runtime_dir;
    std::string state_dir;     // empty: no directory may be used, as for the next three
    std::string copy_dir;      // for pristine copies and pahole's output; empty: none can be kept
    std::string base_dir;      // for old bases; empty: nothing is renumbered
    std::string check_dir;     // for modules of the self-check; empty: there is none
    std::string state_warning; // for "kbtf status", of StateDb::open
    std::string log;           // where set_up_logging writes
  };
  Service(boost::asio::io_context& loop, Places places, StateDb db, std::function<void()> on_stop);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Answers one request, now or later, by exactly one call of `respond`.
  void handle(const Envelope& envelope, OpenStep& step, Respond respond);
  // The connection is gone: a step that it began is not to be believed.
  void abandon(const OpenStep& step);
  // True while background work is left: no time to exit for idleness.
  [[nodiscard]] bool is_busy() const;

private:
  struct PlanJob;
  struct Active {
    std::string stage;
    PristineCopyPtr copy;
    bool is_linked = false;                 // just now:
    ContentHash inputs;                     // of that link
    std::function<ContentHash()> hash_link; // likewise
  };

  // build verbs: service_plan.cpp, service_step.cpp
  void plan(const PlanRequest& request, Respond respond);
  void plan_with_facts(const std::shared_ptr<PlanJob>& job);
  void plan_decide(const std::shared_ptr<PlanJob>& job, std::vector<Seen> seen);
  void plan_answer(const std::shared_ptr<PlanJob>& job, const Renumberer::Results& renumbered);
  void keep_observed(const PlanJob& job, const BuildKey& key);
  [[nodiscard]] static std::optional<ModuleRecord> observed_record(const Subject& subject,
                                                                   const Seen& seen,
                                                                   const Decision& decision,
                                                                   const BuildKey& key);
  void plan_stock(const PlanRequest& request, const Error& why, const Respond& respond);
  [[nodiscard]] Reason name_culprit(Reason reason, const ModuleRecord& record,
                                    const StageFacts& now);
  void keep_tool_inputs(const ToolKey& tools);
  void begin(const BeginRequest& request, OpenStep& step, Respond respond);
  void begin_link_output(const OpenStep& step, const Stage& stage, const LinkText& link,
                         Respond respond);
  void begin_finished(const OpenStep& step, const Stage& stage, Respond respond);
  void begin_ready(const std::string& ko, Active active, const Respond& respond);
  void open_step(const std::string& ko, OpenStep& step);
  void mark_writing(const std::string& ko, const Stage& stage, Input input);
  void doubt(const std::string& ko, const std::string& why);
  void finish(const FinishRequest& request, OpenStep& step, const Respond& respond);
  void take_finished(const std::string& ko, const std::string& stage, const StageFacts& facts,
                     const Expected<FinishedModule>& made);
  void record_finished(const std::string& ko, const StageFacts& facts, const FinishedModule& made,
                       Active done);

  // patches: service_patch.cpp
  void add_job(PatchJob job);
  void take_patch(PatchResult result);

  // links that need not run: service_link.cpp
  [[nodiscard]] LinkSpec link_spec(const Stage& stage, const LinkText& link) const;
  void same_link(const SameLinkRequest& request, const Respond& respond);
  void touch_same_links(const Stage& stage);

  // stages: service_stage.cpp
  void stage_end(const StageEndRequest& request, const OpenStep& step, const Respond& respond);
  void close_stage(const Stage& stage);
  void end_stage(const std::string& id, std::function<bool()> wanted, const Respond& respond);
  void add_stage(Stage stage);
  void drop_bytes(const Stage& next);
  void when_written(std::function<void()> then);
  void set_written();
  [[nodiscard]] Stage* find_stage(const std::string& id);
  [[nodiscard]] std::string step_path(const Stage& stage, const std::string& ko) const;
  void watch_stage(const Stage& stage);
  void remember_stage(StageInfo info);
  void forget_unused();
  void remember_request(const PlanRequest& request);
  void load_stages();

  // renumbering: service_renumber.cpp, service_profile.cpp
  struct Ending;
  [[nodiscard]] std::optional<RenumberTask> renumber_task(const ModuleRecord& record,
                                                          const FileStamp& stamp);
  void prepare_renumbering(const std::string& base_path, const ContentHash& base);
  void write_renumbered(const Stage& stage, std::function<bool()> wanted,
                        std::function<void(StageEndReply)> then);
  [[nodiscard]] static Expected<Overwritten> write_one(const Ending& ending, std::size_t i,
                                                       Overwrite how, const Wanted& wanted);
  void take_written(const std::shared_ptr<Ending>& ending);
  void sync_written(std::vector<ModuleRecord> records);
  void keep_base(const StageFacts& facts);
  void want_profile(const ModuleRecord& record);
  void want_profiles(const Stage& stage);
  void take_profile(ProfileResult result);
  void make_profile(ProfileJob job);
  void hold_idle_work();

  // the self-check: service_check.cpp
  void want_checks(const Stage& stage, const std::vector<std::string>& renumbered);
  bool want_check(const Stage& stage, const ModuleRecord& record);
  void take_check(const SelfCheck& check);
  void take_proof(const SelfCheck& check);
  [[nodiscard]] bool is_current(const ModuleRecord& then) const;
  void check_trust(PlanJob& job);

  // verbs for people: service_info.cpp
  void status(const StatusRequest& request, Respond respond);
  void stats(const StatsRequest& request, const Respond& respond);
  void explain(const ExplainRequest& request, Respond respond);
  // On the pool: hashes the .ko and the base.
  [[nodiscard]] ExplainReply explained(const ModuleRecord& record, const std::string& base_path,
                                       const std::vector<ToolInput>& then,
                                       const std::vector<ToolInput>& now);
  void restore(const RestoreRequest& request, Respond respond);
  [[nodiscard]] std::vector<TreeModule> modules_in(const StageInfo& stage) const;
  [[nodiscard]] bool has_active_step_in(const std::string& tree) const;
  void stop(const Respond& respond);
  void drain(Respond respond);
  void add_to_totals(const Counts& counts);
  // A value of the state that is JSON; what it does not say has the defaults.
  template <typename T> [[nodiscard]] T load_value(const std::string& name) {
    auto parsed = from_body<T>(nlohmann::json::parse(m_records.value(name), nullptr, false));
    return parsed ? *std::move(parsed) : T{};
  }
  void answer_drains();

  void on_file_change(const std::string& path);

  // Runs `work` on the pool, then `then(result)` on the loop. The result is an Expected: that of
  // `work`, or of a T that it returns; the error may also be an exception.
  template <typename Work, typename Then> void offload(Work work, Then then) {
    boost::asio::post(m_pool, [this, work = std::move(work), then = std::move(then)]() mutable {
      auto result = guarded(work);
      boost::asio::post(m_loop, [then = std::move(then), result = std::move(result)]() mutable {
        then(std::move(result));
      });
    });
  }
  template <typename Reply> static nlohmann::json reply(const Reply& body) {
    return {{"reply", body}};
  }

  boost::asio::io_context& m_loop;
  Places m_places;
  std::function<void()> m_on_stop;
  std::chrono::steady_clock::time_point m_started;
  Records m_records;
  FileHashes m_hashes;
  std::list<Stage> m_stages;       // newest last
  std::deque<std::string> m_ended; // ids of stages, newest last
  bool m_is_writing = false;       // BTF, at the end of a stage
  std::deque<std::function<void()>> m_after_writing;
  std::map<std::string, StageInfo> m_last_stages;   // by tree
  std::map<std::string, PlanRequest> m_requests;    // by tree: the last one
  std::unordered_map<std::string, Active> m_active; // by ko: a step is running
  OpenSteps m_open_steps;
  std::unordered_map<std::string, PristineCopyPtr> m_copies; // by ko: its patch is to be made
  std::unordered_set<std::string> m_watched_bases;           // paths, for hints
  std::deque<Respond> m_drains;
  std::uint64_t m_next_stage = 0;
  std::size_t m_open_jobs = 0;  // given to a worker, result not taken yet
  std::size_t m_open_plans = 0; // a build waits for their answer
  std::size_t m_open_bases = 0; // being written into the store
  bool m_is_turn_open = false;  // a self-check of a module that had its turn
  // Absolute .ko of an adopted module -> the base with which it was made again, or could not be.
  std::unordered_map<std::string, ContentHash> m_checked_adopted;
  BaseStore m_bases;
  // By tool key: what a profile is made with.
  std::map<ContentHash, std::shared_ptr<const PaholeOfStage>> m_paholes;
  // Absolute .ko -> its BTF sections' hash: there is no profile of them.
  std::unordered_map<std::string, ContentHash> m_without_profile;
  std::unique_ptr<Watcher> m_watcher;
  unsigned m_threads; // of the pool that a plan's work is spread over
  ThreadPool m_pool;
  Renumberer m_renumberer;
  std::unique_ptr<ProfileMaker> m_profiles; // of the idle worker's thread
  // Last: what runs there posts to the loop and uses nothing else that changes.
  PatchWorker m_worker;
  IdleWorker m_idle;
};

} // namespace kbtf
