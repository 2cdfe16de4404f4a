// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/stage/recorded.hpp"

#include "daemon/btf/module_content.hpp"

namespace kbtf {

bool is_as_recorded(const ModuleRecord& record, const FileStamp& stamp) {
  if (record.state == ModuleState::writing)
    return false;
  if (record.state == ModuleState::finished && record.stamp == stamp)
    return true;
  if (!record.has_content() || record.stamp.size != stamp.size)
    return false;
  auto content = read_module_content(record.ko);
  return content && content->rest == record.rest && content->btf == record.btf &&
         content->stamp == stamp;
}

} // namespace kbtf
