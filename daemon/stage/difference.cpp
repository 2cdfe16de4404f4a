// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/stage/difference.hpp"

#include "daemon/model/time_text.hpp"
#include "daemon/store/distrust.hpp"
#include "daemon/store/files.hpp"
#include "daemon/tools/child_process.hpp"
#include "daemon/tools/find_program.hpp"
#include "util/private_dir.hpp"

#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

#include <spdlog/spdlog.h>

namespace kbtf {
namespace {

Status keep_file(const std::string& from, const std::string& to) {
  ::unlink(to.c_str());
  return copy_file(from, to);
}

// A dump is for people: without bpftool, there is none.
void dump_btf(const std::string& bpftool, const std::string& base, const std::string& ko,
              const std::string& to) {
  auto out = open_fd(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (bpftool.empty() || !out)
    return;
  const auto status =
      run_child_process({{bpftool, "-B", base, "btf", "dump", "file", ko}, {}, {}, out->get()}, -1);
  if (!status || *status != 0)
    spdlog::info("{}: bpftool cannot dump its BTF", ko);
}

} // namespace

Expected<std::string> keep_difference(const std::string& state_dir, const StageSpec& spec,
                                      const std::string& base_path, const ModuleRecord& record,
                                      const std::string& stock_ko) {
  const std::string dir = distrust_path(state_dir, record.key.tools) + ".d";
  const std::string what =
      record.ko + ": not what stock's link and BTF step make of it (last: " + record.reason + ")";
  // Make the mark first: the next build goes by it; the files are for people.
  auto marked =
      distrust(state_dir, record.key.tools,
               what + "\n\nFound " + now_rfc3339() + ". Both modules and their BTF lie in\n" + dir +
                   ".\nModules are not renumbered, with these BTF tools and flags, as "
                   "long as this file is here.\n");
  if (!marked)
    return marked.forward_error();
  if (auto made = make_private_dir(dir); !made)
    return made.forward_error();
  const std::string name = dir + "/" + std::filesystem::path(record.ko).stem().string();
  const std::string bpftool = find_program("bpftool", "/", spec.path + ":/usr/sbin:/sbin");
  for (const auto& [side, ko] : {std::pair{".kbtf", record.ko}, {".stock", stock_ko}}) {
    if (auto kept = keep_file(ko, name + side + ".ko"); !kept)
      return kept.forward_error();
    dump_btf(bpftool, base_path, ko, name + side + ".btf");
  }
  return what + "; see " + dir;
}

} // namespace kbtf
