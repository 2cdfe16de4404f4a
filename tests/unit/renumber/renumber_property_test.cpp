// SPDX-License-Identifier: GPL-2.0-only
// Random modules on random bases that are changed at random: renumbering gives, byte for byte, what
// libbpf makes of the module on the changed base, or refuses.
#include "daemon/renumber/renumber.hpp"

#include "tests/unit/renumber/deduplicate.hpp"
#include "tests/unit/renumber/random_types.hpp"

#include <bpf/libbpf.h>
#include <gtest/gtest.h>

namespace kbtf::test {
namespace {

std::shared_ptr<const BtfBase> parse(const Bytes& bytes) {
  auto base = BtfBase::parse(bytes);
  if (!base)
    throw std::runtime_error(base.error().text);
  return *base;
}

constexpr std::uint32_t k_structs = 80;

// vmlinux from some compilation units, and from as many but the last `left_out`.
Bytes make_random_base(std::uint32_t world, std::uint32_t seed, std::uint32_t left_out) {
  Random random(seed);
  BaseModel model;
  const std::uint32_t units = 8 + below(random, 4);
  for (std::uint32_t i = 0; i + left_out < units; ++i) {
    Unit unit(model, world, random.number());
    for (std::uint32_t f = 0; f < 4; ++f)
      unit.add_function("base" + std::to_string(i) + "_" + std::to_string(f), 0, k_structs);
    unit.add_variable("variable" + std::to_string(i));
  }
  return deduplicate(model.bytes());
}

// Knows some structs of the base and some of its own, above them.
Bytes make_random_module(std::uint32_t world, std::uint32_t seed) {
  Random random(seed);
  BaseModel model;
  const std::uint32_t units = 1 + below(random, 3);
  for (std::uint32_t i = 0; i < units; ++i) {
    Unit unit(model, world, random.number());
    const std::uint32_t first = below(random, k_structs);
    unit.add_function("module" + std::to_string(i), first, first + 6);
    unit.add_function("more" + std::to_string(i), k_structs, k_structs + 8);
    if (one_in(random, 3))
      unit.add_variable("module_variable" + std::to_string(i));
  }
  return model.bytes();
}

BaseModel::Handle any_of_kind(const BaseModel& base, Random& random, std::uint32_t kind) {
  const auto& order = base.order();
  const std::size_t start = below(random, static_cast<std::uint32_t>(order.size()));
  for (std::size_t i = 0; i < order.size(); ++i)
    if (const auto handle = order[(start + i) % order.size()];
        base.kind(handle) == kind && (kind != BTF_KIND_STRUCT || !base.name(handle).empty()))
      return handle;
  return order.front();
}

void edit(BaseModel& base, Random& random) {
  auto& order = base.order();
  const auto number = any_of_kind(base, random, BTF_KIND_INT);
  const std::size_t place = below(random, static_cast<std::uint32_t>(order.size() + 1));
  switch (below(random, 12)) {
  case 0:
    base.insert_struct(place, "new_struct", {{"new_member", number}});
    return;
  case 1: // a name that is a module's
    base.insert_struct(place, "struct" + std::to_string(k_structs + below(random, 8)),
                       {{"member1", number}});
    return;
  case 2:
    base.add_member(any_of_kind(base, random, BTF_KIND_STRUCT), "member3", number);
    return;
  case 3:
    base.erase({any_of_kind(base, random, BTF_KIND_FUNC)});
    return;
  case 4:
    base.erase({any_of_kind(base, random, one_in(random, 2) ? BTF_KIND_ENUM : BTF_KIND_STRUCT)});
    return;
  case 5: // strings of a module
    base.insert_struct(
        place, "new_strings",
        {{"struct" + std::to_string(k_structs + below(random, 8)), number}, {"module0", number}});
    return;
  case 6:
    std::shuffle(order.begin(), order.end(), random);
    return;
  case 7: { // the same name once more
    auto copy = base.type(any_of_kind(base, random, BTF_KIND_STRUCT));
    if (copy.size() > 4)
      copy[4].value = number;
    base.insert(place, std::move(copy));
    return;
  }
  case 8: // a typedef of a name that the base or a module has
    base.insert(place, BTF_KIND_TYPEDEF, "alias" + std::to_string(below(random, k_structs + 8)),
                one_in(random, 2) ? number : any_of_kind(base, random, BTF_KIND_STRUCT));
    return;
  case 9:
    base.erase({any_of_kind(base, random, BTF_KIND_TYPEDEF)});
    return;
  case 10: { // the same typedef once more, elsewhere
    auto copy = base.type(any_of_kind(base, random, BTF_KIND_TYPEDEF));
    if (one_in(random, 2))
      copy[2].value = any_of_kind(base, random, BTF_KIND_STRUCT);
    base.insert(place, std::move(copy));
    return;
  }
  default: // a pointer that the base had not
    base.insert(place, BTF_KIND_PTR, "", any_of_kind(base, random, BTF_KIND_STRUCT));
    return;
  }
}

struct Tally {
  std::size_t served = 0;
  std::size_t same_bytes = 0; // served, and nothing to renumber
  std::map<std::string, std::size_t> refused;
};

void check_one(std::uint32_t seed, const std::vector<Bytes>& bases, const Bytes& module,
               Profiler::UsesFrom uses_from, Tally& tally) {
  Bytes split = deduplicate(module, &bases.front());
  auto profiler = Profiler::make(parse(bases.front()));
  ASSERT_TRUE(profiler) << profiler.error().text;
  auto profile = profiler->profile(deduplicate(module), split, uses_from);
  if (!profile) {
    ++tally.refused["no profile"];
    return;
  }
  Profile current = *profile;
  for (std::size_t i = 1; i < bases.size(); ++i) { // from base to base, as builds go on
    auto map = BaseMap::make(parse(bases[i - 1]), parse(bases[i]));
    ASSERT_TRUE(map) << map.error().text;
    const auto made = renumber_split(**map, current, split);
    if (!made) {
      ++tally.refused[to_string(made.refusal)];
      return;
    }
    ASSERT_EQ(made.bytes, deduplicate(module, &bases[i])) << "seed " << seed << ", step " << i;
    ++tally.served;
    tally.same_bytes += made.bytes == split ? 1U : 0U;
    current = current.moved(**map, hash_bytes(made.bytes));
    split = made.bytes;
  }
}

// A base and what two changes make of it, by edits of its types or by other compilation units.
std::vector<Bytes> random_bases(std::uint32_t world, Random& random) {
  const std::uint32_t base_seed = random.number();
  const std::uint32_t left_out = one_in(random, 4) ? 1 : 0;
  std::vector<Bytes> bases{make_random_base(world, base_seed, left_out)};
  if (left_out != 0)
    bases.push_back(make_random_base(world, base_seed, 0));
  while (bases.size() < 3) {
    BaseModel model(bases.back());
    const std::uint32_t edits = 1 + below(random, 2);
    for (std::uint32_t i = 0; i < edits; ++i)
      edit(model, random);
    bases.push_back(model.bytes());
  }
  return bases;
}

void check_many(Profiler::UsesFrom uses_from) {
  ::libbpf_set_print(nullptr);
  const char* rounds = std::getenv("KBTF_TEST_ROUNDS"); // more than a test run has time for
  const auto count = static_cast<std::uint32_t>(rounds ? std::strtoul(rounds, nullptr, 10) : 300);
  Tally tally;
  for (std::uint32_t seed = 1; seed <= count && !testing::Test::HasFatalFailure(); ++seed) {
    Random random(seed);
    const auto world = random.number() % 100000;
    const auto bases = random_bases(world, random);
    const auto module_seed = random.number();
    check_one(seed, bases, make_random_module(world, module_seed), uses_from, tally);
  }
  testing::Test::RecordProperty("served", static_cast<int>(tally.served));
  std::string refused;
  for (const auto& [reason, times] : tally.refused)
    refused += " " + reason + " " + std::to_string(times);
  testing::Test::RecordProperty("refused", refused);
  std::printf("served %zu (unchanged %zu), refused:%s\n", tally.served, tally.same_bytes,
              refused.c_str());
  EXPECT_GT(tally.served, count / 10);
  EXPECT_LT(tally.same_bytes, tally.served);
}

TEST(RenumberProperty, MatchesLibbpfOrRefuses) {
  check_many(Profiler::UsesFrom::deduplication);
}

// Less is known of the module, so more is refused.
TEST(RenumberProperty, MatchesLibbpfWithPossibleUses) {
  check_many(Profiler::UsesFrom::possibility);
}

} // namespace
} // namespace kbtf::test
