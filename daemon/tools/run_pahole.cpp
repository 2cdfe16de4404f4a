// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/child_process.hpp"
#include "daemon/tools/pahole_call.hpp"
#include "util/fd.hpp"

#include <csignal>
#include <unistd.h>

namespace kbtf {
namespace {

constexpr std::size_t k_max_output = std::size_t{1} << 30;

} // namespace

Expected<std::vector<std::byte>> run_pahole(const PaholeCall& call, const std::string& file,
                                            const std::string& scratch, int cancel) {
  ::unlink(scratch.c_str());
  ChildProcess child{call.words, call.environment, {}, -1};
  child.environment.push_back("PATH=" + call.path);
  child.words.push_back("--btf_encode_detached=" + scratch);
  child.words.push_back(file);
  if (!call.library_path.empty())
    child.environment.push_back("LD_LIBRARY_PATH=" + call.library_path);
  const auto status = run_child_process(child, cancel);
  if (!status)
    return status.forward_error();
  auto bytes = read_bytes(scratch, k_max_output);
  ::unlink(scratch.c_str());
  if (shell_status(*status) == 128 + SIGKILL)
    return unexpected(ErrorKind::io, file + ": pahole was ended");
  if (*status != 0)
    return unexpected(ErrorKind::unsupported, file + ": pahole failed without a base");
  if (!bytes)
    return unexpected(ErrorKind::unsupported,
                      file + ": pahole wrote no BTF: " + bytes.error().text);
  return bytes;
}

} // namespace kbtf
