// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/stage/recorded.hpp"

#include "daemon/btf/module_content.hpp"

namespace kbtf {

Recorded compare_with_record(const ModuleRecord& record, const FileStamp& stamp,
                             std::int64_t now_ns) {
  if (record.state == ModuleState::writing || record.state == ModuleState::doubtful)
    return {};
  if (record.state == ModuleState::finished && record.is_settled && record.stamp == stamp)
    return {true, true};
  if (!record.has_content() || record.stamp.size != stamp.size)
    return {};
  auto content = read_module_content(record.ko);
  const bool is_same = content && content->rest == record.rest && content->btf == record.btf &&
                       content->stamp == stamp;
  return {is_same, is_same && is_settled(stamp, now_ns)};
}

} // namespace kbtf
