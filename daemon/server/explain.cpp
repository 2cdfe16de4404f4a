// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/explain.hpp"

#include "daemon/btf/base_hash.hpp"
#include "daemon/btf/module_content.hpp"

namespace kbtf {
namespace {

std::string in_words(const ModuleRecord& record, bool is_recorded_file) {
  if (record.state == ModuleState::writing)
    return "a BTF step began but did not finish";
  if (record.state == ModuleState::doubtful)
    return "in doubt; the next build links it";
  if (record.state == ModuleState::renumbering)
    return "renumbering began but did not finish";
  if (!is_recorded_file)
    return "changed since kbtf last saw it";
  if (record.adopted)
    return "finished, built without kbtf, not yet compared with a stock build";
  return record.pristine.is_known() ? "finished, pristine bytes can be restored"
                                    : "finished, pristine bytes unknown";
}

ExplainInput compare(std::string name, std::string recorded, std::string now) {
  const bool changed = recorded != now;
  return {std::move(name), std::move(recorded), std::move(now), changed};
}

} // namespace

ExplainReply explain_unknown(const std::string& ko) {
  ExplainReply answer;
  answer.ko = ko;
  answer.state = stamp_of(ko) ? "no record: not built under kbtf, or the record was lost"
                              : "no such file, and no record of one";
  return answer;
}

ExplainReply explain_module(const ModuleRecord& record, const std::string& base_path,
                            const std::vector<ToolInput>& then, const std::vector<ToolInput>& now,
                            FileHashes& hashes) {
  ExplainReply answer;
  answer.ko = record.ko;
  const auto stamp = stamp_of(record.ko);
  const bool same_stamp = stamp && *stamp == record.stamp;
  answer.known = true;
  answer.state = stamp ? in_words(record, same_stamp) : "the file is missing";
  answer.reason_code = record.reason_code;
  answer.reason = record.reason;
  answer.at = record.at;
  const auto content = stamp && !same_stamp
                           ? read_module_content(record.ko)
                           : Expected<ModuleContent>({record.stamp, record.rest, record.btf});
  const bool is_there = stamp && content;
  answer.inputs.push_back(
      compare(".ko without BTF", record.rest.hex(), is_there ? content->rest.hex() : "missing"));
  answer.inputs.push_back(
      compare("BTF of the .ko", record.btf.hex(), is_there ? content->btf.hex() : "missing"));
  if (base_path.empty())
    return answer;
  const auto base = hashes.part(base_path, ".BTF", hash_base_btf);
  answer.inputs.push_back(compare("base BTF " + base_path, record.key.base.hex(),
                                  base ? base->hash.hex() : base.error().text));
  for (const auto& input : now) {
    std::string old = "not used";
    for (const auto& candidate : then)
      if (candidate.name == input.name)
        old = candidate.value;
    answer.inputs.push_back(compare(input.name, old, input.value));
  }
  return answer;
}

} // namespace kbtf
