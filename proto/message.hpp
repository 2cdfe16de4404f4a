// SPDX-License-Identifier: GPL-2.0-only
// The messages that kbtf and kbtfd exchange: a greeting, then for each request one envelope that
// names a verb, and one reply. One request and one reply type per verb. A peer ignores fields that
// it does not know; missing fields have the defaults below. docs/protocol.md is the specification;
// change both together. Values; knows no socket.
#pragma once

#include "util/error.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace kbtf {

// First frame of every connection, from daemon to client.
struct Greeting {
  std::string kbtfd;                     // the daemon's version; empty: not kbtfd
  int protocol = 0;                      // k_protocol_version of the daemon
  std::vector<std::string> capabilities; // groups of verbs: "plan", "step", "explain"
  std::string view;                      // the daemon's file_view()
};

// What make must do for a module. Spelled as in the protocol and the hook.
enum class ModuleWork {
  step, // BTF step from the pristine link output, no relink
  link, // relink, then BTF step
};

// How the modules of one stage, or of all stages, were served. A linked module also counts in
// btf_run; one whose step failed counts neither in btf_run nor in untouched.
struct Counts {
  std::uint64_t modules = 0;
  std::uint64_t linked = 0;         // by make or by `kbtf run`, before their step
  std::uint64_t btf_run = 0;        // BTF steps that succeeded
  std::uint64_t btf_cached = 0;     // not yet: always 0
  std::uint64_t btf_renumbered = 0; // BTF written by the daemon, without a step
  std::uint64_t untouched = 0;      // no step began, and not renumbered
  std::uint64_t fallback_stock = 0; // in stages that fell back to the stock build
};

// What a module is linked from.
struct LinkText {
  std::string command;             // cmd_ld_ko_o, expanded
  std::vector<std::string> inputs; // the .ko's prerequisites, except those only for its BTF
};

// plan: once per module stage, from the hook.
struct PlanRequest {
  std::string cwd;                // absolute; relative paths below start here
  std::string modules_order;      // $(MODORDER)
  std::string target;             // the .ko for which `command` was expanded
  std::uint64_t module_count = 0; // modules that make has in this stage; 0: unknown
  std::string command;            // cmd_btf_ko, expanded
  LinkText link;                  // of `target`
  std::vector<std::string> tools; // $(PAHOLE), $(RESOLVE_BTFIDS), $(OBJCOPY), as make has them
  std::string path;               // the caller's PATH, to find tools
  std::string library_path;       // the caller's LD_LIBRARY_PATH, to find the tools' libraries
  std::string pahole_flags;       // $(PAHOLE_FLAGS), which gen-btf.sh takes from the environment
  std::string script_flags;       // what else gen-btf.sh takes from it besides files; "": no script
  std::vector<std::string> environment; // "NAME=value", all of make's, including PATH and the like
  bool sends_stage_end = false;         // stage_end will come once all modules are built
  std::string dropped_flag;             // "-j" if the hook dropped it for reproducible BTF, else ""
  std::string kernel;                   // $(KERNELVERSION), for people
  std::string rule;                     // the shape of the tree's rule, for people
};
struct ModulePlan {
  std::string ko; // as modules.order spells it, with .ko
  ModuleWork serve = ModuleWork::link;
  std::string reason; // one phrase, shown at V=2
};
struct PlanReply {
  std::string stage;     // id for begin, finish and stage_end; "": fall back to the stock build
  std::string why_stock; // set if stage is ""
  bool is_stock_told = false;       // the stock commands report it themselves: be silent
  std::vector<ModulePlan> modules;  // only those that are not untouched
  std::uint64_t renumbered = 0;     // modules that stage_end will write, unless make links them
  std::vector<std::string> notices; // lines for the user, each once
};

// begin: before the tree's cmd_btf_ko runs on one module. finish: after it.
enum class Input {
  link_output, // the .ko was just linked
  finished,    // the .ko already has BTF: first restore the pristine bytes
};
struct BeginRequest {
  std::string stage;
  std::string ko;
  Input input = Input::link_output;
  LinkText link; // with link_output
};
enum class Begin {
  ready,  // the .ko holds its pristine bytes: run the BTF step
  relink, // it does not and cannot: link it, send begin again with link_output
};
struct BeginReply {
  Begin outcome = Begin::ready;
  std::string reason;
};
struct FinishRequest {
  std::string stage;
  std::string ko;
  int exit_status = 0; // of the command; 128 + n if signal n killed it
  bool linked = false; // in this stage, by make or by the client
};
struct FinishReply {};

// same_link: make would link a module because of its objects' time stamps. Do they, and the link
// command, have the same content as at the last link?
struct SameLinkRequest {
  std::string stage;
  std::string ko;
  LinkText link;
};
struct SameLinkReply {
  bool same = false; // then the .ko stays, and gets a new time stamp when the stage ends
};

// stage_end: after the last module of a stage. Only now the daemon writes the BTF of the modules
// that it renumbered: earlier, make would still compare their time stamps with those of their
// objects.
struct StageEndRequest {
  std::string stage;
};
struct StageEndReply {
  Counts counts;
  std::vector<std::string> renumbered; // as modules.order spells them, with .ko
  std::string again;                   // why some could not be written: the stage must run again
  bool has_ended = false;              // already before: the recipe has more than one line
};

struct StatusRequest {
  std::string tree; // absolute, no symbolic links; "": no tree
};
struct StageInfo {
  std::string tree; // the directory of its modules.order: its name for people
  std::string cwd, base, base_hash, modules_order, tool_key, linker_key, at; // `at`: RFC 3339, UTC
  std::string kernel, rule;                                                  // as in PlanRequest
  std::string why_stock; // "" unless the plan made the stage fall back to the stock build
};
// Whether the last module stage of one tree was kbtf's.
struct TreeStatus {
  bool known = false;            // the hook has run in a stage
  StageInfo stage;               // the last one
  std::uint64_t modules = 0;     // in its current modules.order
  std::uint64_t as_recorded = 0; // of these: as kbtf left them
  std::uint64_t other_base = 0;  // of as_recorded: made against another base than the current one
  std::uint64_t other_tools = 0; // of as_recorded, with the same base: with other tools or flags
  std::string why_unknown;       // why the current base and tools are unknown; both are 0 then
  std::uint64_t missing = 0;     // of `modules`: do not exist
  std::uint64_t unfinished = 0;  // of `modules`: a step or a renumbering began and did not finish
  std::string first_other;       // a module that exists and is not as kbtf left it
};
struct StatusReply {
  std::string version, runtime_dir, state_dir;
  std::string watch;         // one phrase, Watcher::describe()
  std::string state;         // the state file's path, or "memory"
  std::string state_warning; // why it is in memory, or started empty; else empty
  std::string log;           // the log file's path, "journal" or "standard error"; empty: none
  std::int64_t pid = 0;
  std::uint64_t uptime_s = 0;
  std::uint64_t modules = 0;         // records
  std::uint64_t pending_patches = 0; // background work left, as for drain
  std::uint64_t resident_kib = 0;
  std::vector<StageInfo> stages;
  std::vector<std::string> distrusted; // marks of self-checks that found a difference, by path
  TreeStatus tree;                     // of StatusRequest::tree
};

struct StatsRequest {
  bool zero = false; // first reset all totals to 0
};
// Modules that the daemon rebuilt the stock way in the background: one after each stage, and each
// adopted one once.
struct SelfChecks {
  std::uint64_t same = 0;
  std::uint64_t different = 0; // leaves a mark, see StatusReply::distrusted
  std::uint64_t unchecked = 0; // something had changed since, or the stock commands failed
  // Adopted, and different from stock's result: the next build links it.
  std::uint64_t adopted_different = 0;
};
struct StatsReply {
  Counts totals;
  Counts last_stage;
  SelfChecks self_checks;
};

struct ExplainRequest {
  std::string ko; // absolute, as in the records: no symbolic links
};
struct ExplainInput {
  std::string name, recorded, now; // the last two: a hash, a text, or a phrase like "missing"
  bool changed = false;
};
struct ExplainReply {
  bool known = false; // it has a record
  std::string ko, state, reason_code, reason, at;
  std::vector<ExplainInput> inputs;
};

// restore: prepares a tree for stock make, which decides by time. Gives an exact module vmlinux's
// time stamp; removes any other to which stock would add BTF in place, so that make links it.
struct RestoreRequest {
  std::string tree; // as in StatusRequest
};
struct RestoreReply {
  std::uint64_t kept = 0;    // newer than vmlinux, or missing
  std::uint64_t touched = 0; // exact
  std::uint64_t removed = 0;
};

struct StopRequest {};
struct StopReply {
  std::int64_t pid = 0;
};

// drain: answers when no background work is left: hashes, patches, profiles, the self-check (tests
// and benchmarks need a settled daemon).
struct DrainRequest {};
struct DrainReply {};

// An unlisted spelling is read as the first one: the safest of each.
NLOHMANN_JSON_SERIALIZE_ENUM(ModuleWork, {{ModuleWork::link, "link"}, {ModuleWork::step, "step"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Input,
                             {{Input::finished, "finished"}, {Input::link_output, "link_output"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Begin, {{Begin::relink, "relink"}, {Begin::ready, "ready"}})

#define KBTF_FIELDS NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT
#define KBTF_EMPTY(Type)                                                                           \
  inline void to_json(nlohmann::json& j, const Type&) {                                            \
    j = nlohmann::json::object();                                                                  \
  }                                                                                                \
  inline void from_json(const nlohmann::json&, Type&) {}

KBTF_FIELDS(Greeting, kbtfd, protocol, capabilities, view)
KBTF_FIELDS(Counts, modules, linked, btf_run, btf_cached, btf_renumbered, untouched, fallback_stock)
KBTF_FIELDS(LinkText, command, inputs)
KBTF_FIELDS(PlanRequest, cwd, modules_order, target, module_count, command, tools, path,
            library_path, pahole_flags, script_flags, environment, sends_stage_end, dropped_flag,
            kernel, rule, link)
KBTF_FIELDS(ModulePlan, ko, serve, reason)
KBTF_FIELDS(PlanReply, stage, why_stock, is_stock_told, modules, renumbered, notices)
KBTF_FIELDS(BeginRequest, stage, ko, input, link)
KBTF_FIELDS(BeginReply, outcome, reason)
KBTF_FIELDS(FinishRequest, stage, ko, exit_status, linked)
KBTF_EMPTY(FinishReply)
KBTF_FIELDS(SameLinkRequest, stage, ko, link)
KBTF_FIELDS(SameLinkReply, same)
KBTF_FIELDS(StageEndRequest, stage)
KBTF_FIELDS(StageEndReply, counts, renumbered, again, has_ended)
KBTF_FIELDS(StatusRequest, tree)
KBTF_FIELDS(StageInfo, tree, cwd, base, base_hash, modules_order, tool_key, linker_key, at, kernel,
            rule, why_stock)
KBTF_FIELDS(TreeStatus, known, stage, modules, as_recorded, other_base, other_tools, why_unknown,
            missing, unfinished, first_other)
KBTF_FIELDS(StatusReply, version, runtime_dir, state_dir, watch, state, state_warning, log, pid,
            uptime_s, modules, pending_patches, resident_kib, stages, distrusted, tree)
KBTF_FIELDS(StatsRequest, zero)
KBTF_FIELDS(SelfChecks, same, different, unchecked, adopted_different)
KBTF_FIELDS(StatsReply, totals, last_stage, self_checks)
KBTF_FIELDS(ExplainRequest, ko)
KBTF_FIELDS(ExplainInput, name, recorded, now, changed)
KBTF_FIELDS(ExplainReply, known, ko, state, reason_code, reason, at, inputs)
KBTF_FIELDS(RestoreRequest, tree)
KBTF_FIELDS(RestoreReply, kept, touched, removed)
KBTF_EMPTY(StopRequest)
KBTF_FIELDS(StopReply, pid)
KBTF_EMPTY(DrainRequest)
KBTF_EMPTY(DrainReply)

#undef KBTF_FIELDS
#undef KBTF_EMPTY

// Maps each request to its verb and its reply.
template <typename Request> struct VerbOf;
#define KBTF_VERB(Request, ReplyType, text)                                                        \
  template <> struct VerbOf<Request> {                                                             \
    using Reply = ReplyType;                                                                       \
    static constexpr const char* k_name = text;                                                    \
  };
KBTF_VERB(PlanRequest, PlanReply, "plan")
KBTF_VERB(BeginRequest, BeginReply, "begin")
KBTF_VERB(FinishRequest, FinishReply, "finish")
KBTF_VERB(SameLinkRequest, SameLinkReply, "same_link")
KBTF_VERB(StageEndRequest, StageEndReply, "stage_end")
KBTF_VERB(StatusRequest, StatusReply, "status")
KBTF_VERB(StatsRequest, StatsReply, "stats")
KBTF_VERB(ExplainRequest, ExplainReply, "explain")
KBTF_VERB(RestoreRequest, RestoreReply, "restore")
KBTF_VERB(StopRequest, StopReply, "stop")
KBTF_VERB(DrainRequest, DrainReply, "drain")
#undef KBTF_VERB

// {"verb": …, "request": {…}}
struct Envelope {
  std::string verb;
  nlohmann::json request;
};
template <typename Request> [[nodiscard]] nlohmann::json make_request(const Request& request) {
  return {{"verb", VerbOf<Request>::k_name}, {"request", request}};
}
// Errors: malformed if the verb is missing or the request is no object.
[[nodiscard]] Expected<Envelope> parse_request(const nlohmann::json& message);

// {"reply": {…}} or {"error": {"kind": …, "text": …}} or {"busy": true}, which only says that the
// daemon is alive and the reply will follow.
[[nodiscard]] nlohmann::json make_error(const Error& error);
[[nodiscard]] nlohmann::json make_busy();
[[nodiscard]] bool is_busy(const nlohmann::json& message);
// Returns the reply's body. Errors: refused with the daemon's own text, or malformed.
[[nodiscard]] Expected<nlohmann::json> parse_reply(const nlohmann::json& message);

// Converts a body; a field of the wrong type is malformed, never an exception.
template <typename T> [[nodiscard]] Expected<T> from_body(const nlohmann::json& body) {
  try {
    return body.get<T>();
  } catch (const nlohmann::json::exception& e) {
    return unexpected(ErrorKind::malformed, e.what());
  }
}

} // namespace kbtf
