// SPDX-License-Identifier: GPL-2.0-only
// Test helper: good BTF with every kind, made by libbpf, the judge that our checks did not write.
#pragma once

#include <bpf/btf.h>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace kbtf::test {

struct FreeBtf {
  void operator()(btf* object) const { ::btf__free(object); }
};
using BtfHandle = std::unique_ptr<btf, FreeBtf>;

inline std::vector<std::byte> raw_bytes(const btf* object) {
  std::uint32_t size = 0;
  const void* data = ::btf__raw_data(object, &size);
  const auto* begin = static_cast<const std::byte*>(data);
  return {begin, begin + size};
}

// What libbpf takes: as a split on top of `base`, or alone when that is nullptr. By way of a file
// in memory, since libbpf before 1.2 declares btf__new_split but does not export it.
inline BtfHandle parse_with_libbpf(std::span<const std::byte> bytes, btf* base = nullptr) {
  const int fd = ::memfd_create("btf", MFD_CLOEXEC);
  if (fd < 0 || ::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    throw std::runtime_error("memfd");
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  BtfHandle parsed(::btf__parse_raw_split(path.c_str(), base));
  ::close(fd);
  return parsed;
}

inline std::uint32_t checked(int id) {
  if (id < 0)
    throw std::runtime_error("libbpf refused to add a type");
  return static_cast<std::uint32_t>(id);
}

// Adds one type of every kind to `object`. `suffix` keeps names of base and split apart.
inline void add_every_kind(btf* object, const std::string& suffix) {
  const auto name = [&](const char* stem) { return stem + suffix; };
  const auto as_int = [](std::uint32_t id) { return static_cast<int>(id); };
  const auto number = checked(::btf__add_int(object, name("long").c_str(), 8, BTF_INT_SIGNED));
  const auto index = checked(::btf__add_int(object, name("int").c_str(), 4, BTF_INT_SIGNED));
  const auto real = checked(::btf__add_float(object, name("double").c_str(), 8));
  const auto array = checked(::btf__add_array(object, as_int(index), as_int(index), 4));
  const auto node = checked(::btf__add_struct(object, name("node").c_str(), 48));
  const auto pointer = node + 1;
  checked(::btf__add_field(object, "next", as_int(pointer), 0, 0));
  checked(::btf__add_field(object, "values", as_int(array), 64, 0));
  checked(::btf__add_field(object, "real", as_int(real), 192, 0));
  checked(::btf__add_field(object, "low", as_int(index), 256, 3));
  checked(::btf__add_field(object, "high", as_int(index), 259, 29));
  checked(::btf__add_ptr(object, as_int(node)));
  const auto either = checked(::btf__add_union(object, name("either").c_str(), 48));
  checked(::btf__add_field(object, "n", as_int(number), 0, 0));
  checked(::btf__add_field(object, "s", as_int(node), 0, 0));
  checked(::btf__add_enum(object, name("color").c_str(), 4));
  checked(::btf__add_enum_value(object, name("RED").c_str(), 1));
  checked(::btf__add_enum64(object, name("wide").c_str(), 8, true));
  checked(::btf__add_enum64_value(object, name("WIDE").c_str(), ~0ULL));
  checked(::btf__add_fwd(object, name("hidden").c_str(), BTF_FWD_STRUCT));
  const auto alias = checked(::btf__add_typedef(object, name("either_t").c_str(), as_int(either)));
  const auto constant = checked(::btf__add_const(object, as_int(alias)));
  checked(::btf__add_volatile(object, as_int(constant)));
  checked(::btf__add_restrict(object, as_int(pointer)));
  checked(::btf__add_type_tag(object, "user", as_int(constant)));
  const auto proto = checked(::btf__add_func_proto(object, as_int(pointer)));
  checked(::btf__add_func_param(object, "n", as_int(number)));
  checked(::btf__add_func_param(object, nullptr, 0)); // "..."
  const auto func =
      checked(::btf__add_func(object, name("walk").c_str(), BTF_FUNC_STATIC, as_int(proto)));
  checked(::btf__add_decl_tag(object, "kfunc", as_int(func), -1));
  checked(::btf__add_decl_tag(object, "arg", as_int(func), 0));
  const auto first =
      checked(::btf__add_var(object, name("here").c_str(), BTF_VAR_STATIC, as_int(number)));
  const auto second = checked(
      ::btf__add_var(object, name("there").c_str(), BTF_VAR_GLOBAL_ALLOCATED, as_int(array)));
  checked(::btf__add_datasec(object, ".data..percpu", 64));
  checked(::btf__add_datasec_var_info(object, as_int(first), 0, 8));
  checked(::btf__add_datasec_var_info(object, as_int(second), 16, 16));
}

inline BtfHandle make_base() {
  BtfHandle base(::btf__new_empty());
  add_every_kind(base.get(), "");
  return base;
}

inline BtfHandle make_split(btf* base) {
  BtfHandle split(::btf__new_empty_split(base));
  add_every_kind(split.get(), "_m");
  return split;
}

} // namespace kbtf::test
