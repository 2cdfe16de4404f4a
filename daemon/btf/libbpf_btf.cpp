// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/btf/libbpf_btf.hpp"

#include "util/fd.hpp"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>
#include <string>
#include <sys/mman.h>

namespace kbtf {
namespace {

Error refusal() {
  return {ErrorKind::malformed, std::string("libbpf does not parse it: ") + std::strerror(errno)};
}

} // namespace

void LibbpfBtf::Free::operator()(btf* b) const {
  btf__free(b);
}

Expected<LibbpfBtf> LibbpfBtf::parse(std::span<const std::byte> raw) {
  libbpf_set_print(nullptr);
  btf* parsed = btf__new(raw.data(), static_cast<__u32>(raw.size()));
  if (!parsed)
    return unexpected(refusal());
  return LibbpfBtf(parsed);
}

Status LibbpfBtf::check_split(std::span<const std::byte> raw) const {
  // libbpf 1.1 reads split BTF from a file only.
  const Fd file(::memfd_create("split.BTF", MFD_CLOEXEC));
  if (!file)
    return unexpected(errno_error("memfd_create"));
  if (auto written = write_all(file, raw, "split.BTF"); !written)
    return written;
  const std::string path = "/proc/self/fd/" + std::to_string(file.get());
  const std::unique_ptr<btf, Free> split(btf__parse_raw_split(path.c_str(), m_btf.get()));
  if (!split)
    return unexpected(refusal());
  return Ok{};
}

} // namespace kbtf
