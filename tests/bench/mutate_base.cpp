// SPDX-License-Identifier: GPL-2.0-only
// kbtf_mutate_base IN OUT: copies raw BTF and inserts what a new built-in struct with a function
// brings (struct, pointer, prototype, function) after a third of its types, so that ids move as
// they do when a file in the middle of vmlinux's link order gets a type. For benchmarks.

#include <bpf/btf.h>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>

namespace {

struct BtfFree {
  void operator()(btf* b) const { btf__free(b); }
};
using Btf = std::unique_ptr<btf, BtfFree>;

// Adds a number to every id at or behind `from`: what an insertion there does to references.
struct Shift {
  std::uint32_t from;
  std::uint32_t by;
  void operator()(std::uint32_t& id) const {
    if (id >= from)
      id += by;
  }
};

// Ids inside one type, by kind: libbpf's btf_type_visit_type_ids (tools/lib/bpf/btf.c), which
// the library keeps for itself.
void for_each_id(btf_type* t, const Shift& shift) {
  switch (btf_kind(t)) {
  case BTF_KIND_PTR:
  case BTF_KIND_CONST:
  case BTF_KIND_VOLATILE:
  case BTF_KIND_RESTRICT:
  case BTF_KIND_TYPEDEF:
  case BTF_KIND_FUNC:
  case BTF_KIND_VAR:
  case BTF_KIND_DECL_TAG:
  case BTF_KIND_TYPE_TAG:
    return shift(t->type);
  case BTF_KIND_ARRAY:
    shift(btf_array(t)->type);
    return shift(btf_array(t)->index_type);
  case BTF_KIND_STRUCT:
  case BTF_KIND_UNION:
    for (int i = 0; i < btf_vlen(t); i++)
      shift(btf_members(t)[i].type);
    return;
  case BTF_KIND_FUNC_PROTO:
    shift(t->type);
    for (int i = 0; i < btf_vlen(t); i++)
      shift(btf_params(t)[i].type);
    return;
  case BTF_KIND_DATASEC:
    for (int i = 0; i < btf_vlen(t); i++)
      shift(btf_var_secinfos(t)[i].type);
    return;
  default:
    return;
  }
}

bool add_new_types(btf* to, std::uint32_t first) {
  const int id = static_cast<int>(first);
  return btf__add_struct(to, "kbtf_bench_type", 16) == id &&
         btf__add_field(to, "first", 1, 0, 0) == 0 && btf__add_field(to, "second", 1, 64, 0) == 0 &&
         btf__add_ptr(to, id) == id + 1 && btf__add_func_proto(to, 1) == id + 2 &&
         btf__add_func_param(to, "argument", id + 1) == 0 &&
         btf__add_func(to, "kbtf_bench_function", BTF_FUNC_STATIC, id + 2) == id + 3;
}

bool mutate(const char* in, const char* out) {
  const Btf old(btf__parse_raw(in));
  const Btf fresh(btf__new_empty());
  if (!old || !fresh)
    return false;
  const Shift shift{btf__type_cnt(old.get()) / 3, 4};
  for (std::uint32_t id = 1; id < btf__type_cnt(old.get()); id++) {
    if (id == shift.from && !add_new_types(fresh.get(), id))
      return false;
    const int added = btf__add_type(fresh.get(), old.get(), btf__type_by_id(old.get(), id));
    if (added < 0)
      return false;
    for_each_id(
        const_cast<btf_type*>(btf__type_by_id(fresh.get(), static_cast<std::uint32_t>(added))),
        shift);
  }
  std::uint32_t size = 0;
  const void* data = btf__raw_data(fresh.get(), &size);
  std::ofstream file(out, std::ios::binary);
  file.write(static_cast<const char*>(data), size);
  return data != nullptr && file.flush().good();
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: kbtf_mutate_base IN OUT\n", stderr);
    return 2;
  }
  if (!mutate(argv[1], argv[2])) {
    std::fprintf(stderr, "kbtf_mutate_base: cannot turn %s into %s\n", argv[1], argv[2]);
    return 1;
  }
  return 0;
}
