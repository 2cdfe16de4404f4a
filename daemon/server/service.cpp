// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/service.hpp"

#include "daemon/model/time_text.hpp"
#include "daemon/server/stage_marks.hpp"
#include "daemon/server/wire.hpp"
#include "daemon/watch/inotify_watcher.hpp"

#include <filesystem>
#include <unistd.h>

namespace kbtf {
namespace {

// If a .ko is gone for this long, its tree was deleted, not just unmounted for a moment.
constexpr std::chrono::seconds k_forget_after = std::chrono::hours{24 * 30};

template <typename Reply> nlohmann::json reply(const Reply& body) {
  return {{"reply", body}};
}

template <typename Reply> nlohmann::json answer(const Expected<Reply>& body) {
  return body ? reply(*body) : make_error(body.error());
}

PlanReply to_wire(const Planner::Plan& plan) {
  PlanReply wire;
  wire.stage = plan.stage;
  wire.why_stock = plan.why_stock;
  wire.is_stock_told = plan.is_stock_told;
  for (const auto& [ko, decision] : plan.work)
    wire.modules.push_back({ko, to_wire(decision.serve), decision.reason.text});
  wire.renumbered = plan.renumbered;
  wire.notices = plan.notices;
  return wire;
}

} // namespace

Service::Build::Build(Ground& ground, std::function<void(const std::string&)> on_file_change)
    : totals(ground.records), trees(ground.records), stages(totals), profiles(ground, trees),
      steps(ground, [this](const ModuleRecord& record) { profiles.queue(record); }),
      batches(ground), links(ground, stages, steps), checks(ground, trees, steps, totals),
      writer(ground, steps, profiles), end(stages, writer, links, profiles, checks, batches),
      watcher(make_inotify_watcher(ground.loop, std::move(on_file_change))),
      planner(ground, {trees, stages, steps, profiles, batches, end, totals, *watcher}) {}

Service::Service(boost::asio::io_context& loop, Places places, StateDb db,
                 std::function<void()> on_stop)
    : m_ground(loop, std::move(places), std::move(db)),
      m_build(m_ground, [this](const std::string& path) { m_hints.on_change(path); }),
      m_people(m_ground, m_build.trees, m_build.steps, m_build.totals, *m_build.watcher),
      m_hints(m_ground, m_build.trees, m_build.steps, m_build.batches),
      m_on_stop(std::move(on_stop)) {
  m_ground.on_work_done = [this] { answer_drains(); };
  remove_stage_marks(m_ground.places.runtime_dir);
  m_ground.records.forget_missing(now_rfc3339(k_forget_after));
  for (const auto& [name, tree] : m_build.trees.all())
    if (!tree.base_path.empty())
      m_build.watcher->watch(std::filesystem::path(tree.base_path).parent_path().string());
}

Service::~Service() {
  m_ground.stop();
}

bool Service::is_busy() const {
  return m_ground.work.count() != 0 || m_build.steps.has_active();
}

void Service::handle(const Envelope& envelope, OpenStep& step, Respond respond) {
  const auto with = [&](auto request, auto&& serve) {
    auto parsed = from_body<decltype(request)>(envelope.request);
    if (parsed)
      serve(*parsed);
    else
      respond(make_error(parsed.error()));
  };
  const std::string& verb = envelope.verb;
  if (verb == VerbOf<PlanRequest>::k_name)
    with(PlanRequest{}, [&](const PlanRequest& r) { plan(r, respond); });
  else if (verb == VerbOf<BeginRequest>::k_name)
    with(BeginRequest{}, [&](const BeginRequest& r) { begin(r, step, respond); });
  else if (verb == VerbOf<FinishRequest>::k_name)
    with(FinishRequest{}, [&](const FinishRequest& r) { finish(r, step, respond); });
  else if (verb == VerbOf<SameLinkRequest>::k_name)
    with(SameLinkRequest{}, [&](const SameLinkRequest& r) { same_link(r, respond); });
  else if (verb == VerbOf<StageEndRequest>::k_name)
    with(StageEndRequest{}, [&](const StageEndRequest& r) { stage_end(r, step, respond); });
  else if (verb == VerbOf<StatusRequest>::k_name)
    with(StatusRequest{}, [&](const StatusRequest& r) {
      m_people.status(r, [respond](const auto& body) { respond(answer(body)); });
    });
  else if (verb == VerbOf<StatsRequest>::k_name)
    with(StatsRequest{}, [&](const StatsRequest& r) { respond(reply(m_people.stats(r))); });
  else if (verb == VerbOf<ExplainRequest>::k_name)
    with(ExplainRequest{}, [&](const ExplainRequest& r) {
      m_people.explain(r, [respond](const auto& body) { respond(answer(body)); });
    });
  else if (verb == VerbOf<RestoreRequest>::k_name)
    with(RestoreRequest{}, [&](const RestoreRequest& r) {
      m_people.restore(r, [respond](const auto& body) { respond(answer(body)); });
    });
  else if (verb == VerbOf<StopRequest>::k_name) {
    respond(reply(StopReply{::getpid()}));
    m_on_stop();
  } else if (verb == VerbOf<DrainRequest>::k_name)
    drain(respond);
  else
    respond(make_error({ErrorKind::unsupported, "unknown verb " + verb}));
}

void Service::plan(const PlanRequest& request, const Respond& respond) {
  m_build.planner.plan(from_wire(request),
                       [respond](const Planner::Plan& plan) { respond(reply(to_wire(plan))); });
}

void Service::begin(const BeginRequest& request, OpenStep& step, const Respond& respond) {
  auto stage = m_build.stages.find(request.stage);
  if (!stage)
    return respond(make_error(stage.error()));
  const std::string ko = (*stage)->path_of(request.ko);
  (*stage)->note_step(ko);
  const auto then = [respond](const StepTracker::Begun& begun) {
    respond(reply(
        BeginReply{begun.why_relink.empty() ? Begin::ready : Begin::relink, begun.why_relink}));
  };
  if (request.input == Input::link_output)
    m_build.steps.begin_linked(ko, **stage, (*stage)->link_spec(from_wire(request.link)), step,
                               then);
  else
    m_build.steps.begin_finished(ko, **stage, step, then);
}

void Service::finish(const FinishRequest& request, OpenStep& step, const Respond& respond) {
  auto stage = m_build.stages.find(request.stage);
  if (!stage || step.ko != (*stage)->path_of(request.ko))
    return respond(make_error({ErrorKind::not_found, request.ko + ": no step was begun"}));
  const bool is_done = request.exit_status == 0;
  (*stage)->counts.linked += request.linked ? 1 : 0;
  (*stage)->counts.btf_run += is_done ? 1 : 0;
  m_build.steps.finish(**stage, is_done, step, [respond] { respond(reply(FinishReply{})); });
}

void Service::same_link(const SameLinkRequest& request, const Respond& respond) {
  auto stage = m_build.stages.find(request.stage);
  if (!stage)
    return respond(make_error(stage.error()));
  m_build.links.ask(**stage, (*stage)->path_of(request.ko),
                    (*stage)->link_spec(from_wire(request.link)),
                    [respond](bool is_same) { respond(reply(SameLinkReply{is_same})); });
}

void Service::stage_end(const StageEndRequest& request, const OpenStep& step,
                        const Respond& respond) {
  m_build.end.end(request.stage, step.still_asked(),
                  [respond](const Expected<StageEnd::Ended>& ended) {
                    if (!ended)
                      return respond(make_error(ended.error()));
                    respond(reply(StageEndReply{to_wire(ended->counts), ended->renumbered,
                                                ended->again, ended->has_ended}));
                  });
}

void Service::drain(Respond respond) {
  m_drains.push_back(std::move(respond));
  answer_drains();
}

void Service::answer_drains() {
  if (m_ground.work.count() != 0)
    return;
  auto waiting = std::move(m_drains);
  m_drains.clear();
  for (const auto& respond : waiting)
    respond(reply(DrainReply{}));
}

} // namespace kbtf
