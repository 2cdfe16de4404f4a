// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/service.hpp"

#include "daemon/btf/base_hash.hpp"
#include "daemon/btf/module_content.hpp"
#include "daemon/model/time_text.hpp"
#include "daemon/watch/inotify_watcher.hpp"

#include <ctime>
#include <filesystem>
#include <malloc.h>
#include <string_view>
#include <thread>
#include <unistd.h>

#include <spdlog/spdlog.h>

namespace kbtf {
namespace {

// A record whose .ko is gone for this long belongs to a tree that was deleted, not to one whose
// disk is away for a moment.
constexpr std::chrono::seconds k_forget_after = std::chrono::hours{24 * 30};

BtfSections inspect_module(const std::string& path) {
  auto sections = read_module_sections(path);
  return sections ? BtfSections{sections->btf.has_value(), sections->hash(), sections->numbered()}
                  : BtfSections{};
}

// "stage-N.down", and empty: the directory may be in use for something else, too.
bool is_mark(const std::filesystem::directory_entry& entry) {
  constexpr std::string_view k_before = "stage-";
  constexpr std::string_view k_behind = ".down";
  const std::string name = entry.path().filename().string();
  if (!name.starts_with(k_before) || !name.ends_with(k_behind) ||
      name.size() <= k_before.size() + k_behind.size())
    return false;
  const auto id = name.substr(k_before.size(), name.size() - k_before.size() - k_behind.size());
  std::error_code error;
  return id.find_first_not_of("0123456789") == std::string::npos &&
         entry.symlink_status(error).type() == std::filesystem::file_type::regular &&
         entry.file_size(error) == 0 && !error;
}

// Clients of an earlier daemon left these, see client/run_step.cpp.
void remove_marks(const std::string& dir) {
  std::error_code error;
  for (std::filesystem::directory_iterator it(dir, error), end; !error && it != end;
       it.increment(error))
    if (is_mark(*it))
      ::unlink(it->path().c_str());
}

} // namespace

Service::Service(boost::asio::io_context& loop, Places places, StateDb db,
                 std::function<void()> on_stop)
    : m_loop(loop), m_places(std::move(places)), m_on_stop(std::move(on_stop)),
      m_started(std::chrono::steady_clock::now()), m_records(std::move(db)),
      m_bases(m_places.base_dir),
      m_watcher(
          make_inotify_watcher(loop, [this](const std::string& path) { on_file_change(path); })),
      m_threads(std::max(1u, std::thread::hardware_concurrency())),
      m_pool(m_threads + 1), // one for what blocks for long
      m_renumberer(loop, m_pool, m_threads, m_bases),
      m_worker(inspect_module,
               [this](PatchResult result) {
                 boost::asio::post(m_loop, [this, result = std::move(result)]() mutable {
                   take_patch(std::move(result));
                 });
               }),
      m_idle([this] {
        m_profiles->forget_base(); // it would stay resident for hours
        ::malloc_trim(0);
      }) {
  m_profiles = std::make_unique<ProfileMaker>(
      m_bases, m_places.copy_dir.empty() ? "" : m_places.copy_dir + "/full", m_idle.cancel());
  remove_marks(m_places.runtime_dir);
  m_records.forget_missing(now_rfc3339(k_forget_after));
  load_stages();
  // Stage ids must not repeat after a restart: a client may still hold one of the last daemon.
  m_next_stage = static_cast<std::uint64_t>(std::time(nullptr)) << 16;
}

Service::~Service() {
  m_pool.join();
  for (const auto& stage : m_stages)
    close_stage(stage);
}

bool Service::is_busy() const {
  return m_open_jobs != 0 || !m_active.empty();
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
    with(StatusRequest{}, [&](const StatusRequest& r) { status(r, respond); });
  else if (verb == VerbOf<StatsRequest>::k_name)
    with(StatsRequest{}, [&](const StatsRequest& r) { stats(r, respond); });
  else if (verb == VerbOf<ExplainRequest>::k_name)
    with(ExplainRequest{}, [&](const ExplainRequest& r) { explain(r, respond); });
  else if (verb == VerbOf<RestoreRequest>::k_name)
    with(RestoreRequest{}, [&](const RestoreRequest& r) { restore(r, respond); });
  else if (verb == VerbOf<StopRequest>::k_name)
    stop(respond);
  else if (verb == VerbOf<DrainRequest>::k_name)
    drain(respond);
  else
    respond(make_error({ErrorKind::unsupported, "unknown verb " + verb}));
}

// A new base is hashed as soon as it is there, and modules are renumbered in memory, while make
// still links boot images: the plan then finds both ready. A .ko that somebody touched or restored
// is hashed likewise.
void Service::on_file_change(const std::string& path) {
  if (m_watched_bases.contains(path)) {
    offload([this, path] { return m_hashes.part(path, ".BTF", hash_base_btf); },
            [this, path](const Expected<StampedHash>& hashed) {
              if (hashed)
                prepare_renumbering(path, hashed->hash);
              else
                spdlog::debug("{}: {}", path, hashed.error().text);
            });
    return;
  }
  const ModuleRecord* record = m_records.find(path);
  if (!record || record->state != ModuleState::finished || m_active.contains(path) ||
      !record->has_content())
    return;
  const FileStamp recorded = record->stamp;
  offload(
      [path, recorded]() -> Expected<ModuleContent> {
        auto stamp = stamp_of(path);
        if (stamp && *stamp == recorded)
          return unexpected(ErrorKind::not_found, "as recorded"); // our own echo
        return read_module_content(path);
      },
      [this, path, recorded](const Expected<ModuleContent>& content) {
        const ModuleRecord* now = m_records.find(path);
        if (!content || !now || !(now->stamp == recorded) || now->rest != content->rest ||
            now->btf != content->btf)
          return;
        ModuleRecord refreshed = *now;
        refreshed.stamp = content->stamp;
        refreshed.is_settled = false; // it has just been written
        m_records.put(std::move(refreshed));
      });
}

} // namespace kbtf
