// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/stage/finished_module.hpp"

#include "util/old_time.hpp"

#include <fcntl.h>

namespace kbtf {
namespace {

// Returns the time that was set, or 0 if it cannot be: the file is somebody else's.
std::int64_t set_own_time(const std::string& ko) {
  auto fd = open_fd(ko, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!fd)
    return 0;
  auto time = set_present_time(*fd, ko);
  return time ? *time : 0;
}

} // namespace

Expected<FinishedModule> read_finished(const std::string& ko, const StageFacts& facts) {
  const std::int64_t time = set_own_time(ko);
  auto content = read_module_content(ko);
  if (!content)
    return content.forward_error();
  if (auto holds = still_holds(facts); !holds)
    return holds.forward_error();
  return FinishedModule{*content, content->stamp.mtime_ns == time};
}

} // namespace kbtf
