// SPDX-License-Identifier: GPL-2.0-only
// A second opinion on BTF: libbpf's own parser (btf__new, btf__parse_raw_split), which pahole,
// bpftool and every BPF loader use. Only for verify: it runs in its own process, after the checks
// of btf_check.hpp, because libbpf trusts more than it should. Disables libbpf's own messages for
// the whole process. One thread at a time.
#pragma once

#include "util/error.hpp"

#include <cstddef>
#include <memory>
#include <span>

struct btf; // libbpf's

namespace kbtf {

class LibbpfBtf {
public:
  // Errors: malformed, with libbpf's errno as text.
  [[nodiscard]] static Expected<LibbpfBtf> parse(std::span<const std::byte> raw);
  // Parses split BTF on top of this one. Errors: malformed, as above; io (no memory file).
  [[nodiscard]] Status check_split(std::span<const std::byte> raw) const;

private:
  struct Free {
    void operator()(btf* b) const;
  };
  explicit LibbpfBtf(btf* b) : m_btf(b) {}
  std::unique_ptr<btf, Free> m_btf;
};

} // namespace kbtf
