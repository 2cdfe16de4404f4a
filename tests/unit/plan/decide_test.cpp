// SPDX-License-Identifier: GPL-2.0-only
// The planner as a table: what is known of a module -> how it is served, and the words for it.
#include "daemon/plan/decide.hpp"

#include <gtest/gtest.h>
#include <set>
#include <vector>

namespace kbtf::test {
namespace {

enum class Record { none, writing, renumbering, doubtful, finished };
enum class Ko { missing, adoptable, foreign, recorded, other_inputs, distrusted };
enum class Pristine { lost, kept };
enum class Now { same, other, unknown };

constexpr ContentHash k_base{1, 1};
constexpr ContentHash k_tools{2, 2};
constexpr ContentHash k_linker{3, 3};
constexpr ContentHash k_other{4, 4};

struct Case {
  const char* name;
  // facts
  Record record;
  Ko ko;
  Pristine pristine;
  Now base;
  Now tools;
  // decision
  Serve serve;
  ReasonCode code;
  const char* text;
  // fact, where it is not as recorded
  Now linker = Now::same;
};

ContentHash now_of(Now now, const ContentHash& recorded) {
  return now == Now::same ? recorded : now == Now::other ? k_other : ContentHash{};
}

// clang-format off
const std::vector<Case> k_cases = {
  // no .ko: nothing else matters
  {"new_module",         Record::none,     Ko::missing,   Pristine::lost, Now::same, Now::same,
   Serve::link, ReasonCode::ko_missing, "there was no .ko"},
  {"ko_deleted",         Record::finished, Ko::missing,   Pristine::kept, Now::same, Now::same,
   Serve::link, ReasonCode::ko_missing, "there was no .ko"},
  {"ko_deleted_in_step", Record::writing,  Ko::missing,   Pristine::kept, Now::other, Now::other,
   Serve::link, ReasonCode::ko_missing, "there was no .ko"},

  // a renumbering that did not end: only the whole content, or pristine bytes
  {"killed_renumbering", Record::renumbering, Ko::foreign, Pristine::kept, Now::same, Now::same,
   Serve::step, ReasonCode::step_interrupted, "the last BTF step did not finish"},
  {"killed_no_way_back", Record::renumbering, Ko::foreign, Pristine::lost, Now::same, Now::same,
   Serve::link, ReasonCode::step_interrupted, "the last BTF step did not finish"},
  {"renumbered_in_time", Record::renumbering, Ko::recorded, Pristine::kept, Now::same, Now::same,
   Serve::untouched, ReasonCode::up_to_date, "nothing changed"},
  {"renumbered_then_base", Record::renumbering, Ko::recorded, Pristine::kept, Now::other, Now::same,
   Serve::step, ReasonCode::base_changed, "base BTF changed"},

  // no record: sound or linked again
  {"built_by_stock",     Record::none,     Ko::adoptable, Pristine::lost, Now::same, Now::same,
   Serve::untouched, ReasonCode::adopted, "built without kbtf, found sound"},
  {"unknown_file",       Record::none,     Ko::foreign,   Pristine::lost, Now::same, Now::same,
   Serve::link, ReasonCode::no_record, "kbtf had no record of it"},
  {"unknown_with_copy",  Record::none,     Ko::foreign,   Pristine::kept, Now::same, Now::same,
   Serve::link, ReasonCode::no_record, "kbtf had no record of it"},

  // a step that did not end: its file is not to be believed, whatever it looks like
  {"killed_in_step",     Record::writing,  Ko::recorded,  Pristine::kept, Now::same, Now::same,
   Serve::link, ReasonCode::step_interrupted, "the last BTF step did not finish"},
  {"killed_adoptable",   Record::writing,  Ko::adoptable, Pristine::kept, Now::same, Now::same,
   Serve::link, ReasonCode::step_interrupted, "the last BTF step did not finish"},

  // something that nobody can vouch for, whatever it looks like now
  {"in_doubt",           Record::doubtful, Ko::recorded,  Pristine::kept, Now::same, Now::same,
   Serve::link, ReasonCode::doubtful, "in doubt: a tool changed"},
  {"in_doubt_adoptable", Record::doubtful, Ko::adoptable, Pristine::kept, Now::same, Now::same,
   Serve::link, ReasonCode::doubtful, "in doubt: a tool changed"},
  {"in_doubt_new_base",  Record::doubtful, Ko::recorded,  Pristine::kept, Now::other, Now::other,
   Serve::link, ReasonCode::doubtful, "in doubt: a tool changed"},
  {"in_doubt_deleted",   Record::doubtful, Ko::missing,   Pristine::kept, Now::same, Now::same,
   Serve::link, ReasonCode::ko_missing, "there was no .ko"},

  // a file that is not the recorded one
  {"written_by_others",  Record::finished, Ko::foreign,   Pristine::kept, Now::same, Now::same,
   Serve::link, ReasonCode::ko_changed, "the .ko changed outside kbtf"},
  {"others_adoptable",   Record::finished, Ko::adoptable, Pristine::kept, Now::same, Now::same,
   Serve::link, ReasonCode::ko_changed, "the .ko changed outside kbtf"},
  {"others_new_base",    Record::finished, Ko::foreign,   Pristine::kept, Now::other, Now::same,
   Serve::link, ReasonCode::ko_changed, "the .ko changed outside kbtf"},

  // the recorded file: base and tools decide
  {"nothing_changed",    Record::finished, Ko::recorded,  Pristine::kept, Now::same, Now::same,
   Serve::untouched, ReasonCode::up_to_date, "nothing changed"},
  {"nothing_no_way_back", Record::finished, Ko::recorded, Pristine::lost, Now::same, Now::same,
   Serve::untouched, ReasonCode::up_to_date, "nothing changed"},
  {"base",               Record::finished, Ko::recorded,  Pristine::kept, Now::other, Now::same,
   Serve::step, ReasonCode::base_changed, "base BTF changed"},
  {"base_no_way_back",   Record::finished, Ko::recorded,  Pristine::lost, Now::other, Now::same,
   Serve::link, ReasonCode::base_changed, "base BTF changed"},
  {"tools",              Record::finished, Ko::recorded,  Pristine::kept, Now::same, Now::other,
   Serve::step, ReasonCode::tools_changed, "BTF tools or flags changed"},
  {"tools_no_way_back",  Record::finished, Ko::recorded,  Pristine::lost, Now::same, Now::other,
   Serve::link, ReasonCode::tools_changed, "BTF tools or flags changed"},
  {"both",               Record::finished, Ko::recorded,  Pristine::kept, Now::other, Now::other,
   Serve::step, ReasonCode::base_and_tools_changed, "base BTF and BTF tools changed"},
  {"both_no_way_back",   Record::finished, Ko::recorded,  Pristine::lost, Now::other, Now::other,
   Serve::link, ReasonCode::base_and_tools_changed, "base BTF and BTF tools changed"},

  // a self-check found something wrong: what was believed is not believed any more
  {"distrusted",         Record::finished, Ko::distrusted, Pristine::kept, Now::same, Now::same,
   Serve::link, ReasonCode::distrusted, "a self-check found a module wrong"},
  {"distrusted_adopted", Record::finished, Ko::distrusted, Pristine::lost, Now::same, Now::same,
   Serve::link, ReasonCode::distrusted, "a self-check found a module wrong"},
  {"distrusted_and_base", Record::finished, Ko::distrusted, Pristine::kept, Now::other, Now::same,
   Serve::link, ReasonCode::distrusted, "a self-check found a module wrong"},

  // what is not known is not the same
  {"base_unknown",       Record::finished, Ko::recorded,  Pristine::kept, Now::unknown, Now::same,
   Serve::step, ReasonCode::base_changed, "base BTF changed"},
  {"tools_unknown",      Record::finished, Ko::recorded,  Pristine::kept, Now::same, Now::unknown,
   Serve::step, ReasonCode::tools_changed, "BTF tools or flags changed"},

  // an object that is another one, and no newer
  {"object_put_back",    Record::finished, Ko::other_inputs, Pristine::kept, Now::same, Now::same,
   Serve::link, ReasonCode::link_inputs, "objects or link command changed"},
  {"object_and_base",    Record::finished, Ko::other_inputs, Pristine::kept, Now::other, Now::same,
   Serve::link, ReasonCode::link_inputs, "objects or link command changed"},

  // another linker: pristine bytes are those of the old one
  {"linker",             Record::finished, Ko::recorded,  Pristine::kept, Now::same, Now::same,
   Serve::link, ReasonCode::linker_changed, "the linker changed", Now::other},
  {"linker_and_base",    Record::finished, Ko::recorded,  Pristine::kept, Now::other, Now::same,
   Serve::link, ReasonCode::linker_changed, "the linker changed", Now::other},
  {"linker_unknown",     Record::finished, Ko::recorded,  Pristine::kept, Now::same, Now::same,
   Serve::link, ReasonCode::linker_changed, "the linker changed", Now::unknown},
};
// clang-format on

Decision decide_case(const Case& c, const BuildKey& recorded, bool can_renumber = false) {
  ModuleRecord record;
  record.state = c.record == Record::writing       ? ModuleState::writing
                 : c.record == Record::renumbering ? ModuleState::renumbering
                 : c.record == Record::doubtful    ? ModuleState::doubtful
                                                   : ModuleState::finished;
  record.key = recorded;
  record.reason = "a tool changed";
  const Observed observed{.exists = c.ko != Ko::missing,
                          .is_recorded_file = c.ko == Ko::recorded || c.ko == Ko::distrusted ||
                                              c.ko == Ko::other_inputs,
                          .has_other_inputs = c.ko == Ko::other_inputs,
                          .can_restore = c.pristine == Pristine::kept,
                          .can_renumber = can_renumber,
                          .is_distrusted = c.ko == Ko::distrusted,
                          .adoptable = c.ko == Ko::adoptable};
  return decide(c.record == Record::none ? nullptr : &record, observed,
                {now_of(c.base, recorded.base), now_of(c.tools, recorded.tools),
                 now_of(c.linker, recorded.linker)});
}

class Decide : public testing::TestWithParam<Case> {};

TEST_P(Decide, ServesForAReason) {
  const Decision decision = decide_case(GetParam(), {k_base, k_tools, k_linker});
  EXPECT_EQ(static_cast<int>(decision.serve), static_cast<int>(GetParam().serve));
  EXPECT_STREQ(to_string(decision.reason.code), to_string(GetParam().code));
  EXPECT_EQ(decision.reason.text, GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(Table, Decide, testing::ValuesIn(k_cases),
                         [](const auto& test) { return std::string(test.param.name); });

// Only a finished module that is as recorded, and only onto another base that is known.
TEST(DecideRenumbering, ChangesNothingButTheBaseChanged) {
  const BuildKey key{k_base, k_tools, k_linker};
  std::size_t renumbered = 0;
  for (const Case& c : k_cases) {
    const Decision without = decide_case(c, key);
    const Decision with = decide_case(c, key, true);
    EXPECT_EQ(with.reason.text, without.reason.text) << c.name;
    const bool is_for_it = without.reason.code == ReasonCode::base_changed && c.base == Now::other;
    EXPECT_EQ(with.serve == Serve::renumber, is_for_it) << c.name;
    renumbered += is_for_it ? 1 : 0;
    if (!is_for_it) {
      EXPECT_EQ(with.serve, without.serve) << c.name;
    } else {
      const Decision instead =
          decide_without_renumbering(with, {.can_restore = c.pristine == Pristine::kept}, "why");
      EXPECT_EQ(instead.serve, without.serve) << c.name;
      EXPECT_EQ(instead.reason.text, without.reason.text + ", not renumbered: why");
    }
  }
  EXPECT_GE(renumbered, 2U);
}

// A record from a failed read has zero hashes; "unknown" then equals "unknown".
TEST(DecideUnknown, DoesNotEqualItself) {
  const Case c{"",        Record::finished, Ko::recorded, Pristine::kept,
               Now::same, Now::same,        Serve::step,  ReasonCode::up_to_date,
               ""};
  EXPECT_EQ(decide_case(c, {ContentHash{}, k_tools, k_linker}).reason.code,
            ReasonCode::base_changed);
  EXPECT_EQ(decide_case(c, {k_base, ContentHash{}, k_linker}).reason.code,
            ReasonCode::tools_changed);
  EXPECT_EQ(decide_case(c, {{}, {}, k_linker}).reason.code, ReasonCode::base_and_tools_changed);
  EXPECT_EQ(decide_case(c, {k_base, k_tools, {}}).reason.code, ReasonCode::linker_changed);
}

constexpr ReasonCode k_all_codes[] = {
    ReasonCode::up_to_date,    ReasonCode::adopted,          ReasonCode::ko_missing,
    ReasonCode::no_record,     ReasonCode::step_interrupted, ReasonCode::ko_changed,
    ReasonCode::base_changed,  ReasonCode::tools_changed,    ReasonCode::base_and_tools_changed,
    ReasonCode::distrusted,    ReasonCode::link_inputs,      ReasonCode::doubtful,
    ReasonCode::linker_changed};

TEST(DecideTable, HasEveryReason) {
  std::set<ReasonCode> seen;
  for (const auto& c : k_cases)
    seen.insert(c.code);
  EXPECT_EQ(seen.size(), std::size(k_all_codes));
}

TEST(Reason, CodesAndPhrasesAreDistinct) {
  std::set<std::string> names;
  std::set<std::string> phrases;
  for (const ReasonCode code : k_all_codes) {
    const Reason reason = plain_reason(code);
    EXPECT_EQ(reason.code, code);
    EXPECT_FALSE(reason.text.empty());
    EXPECT_EQ(reason.text.find('\n'), std::string::npos);
    names.insert(to_string(code));
    phrases.insert(reason.text);
  }
  EXPECT_EQ(names.size(), std::size(k_all_codes));
  EXPECT_EQ(phrases.size(), std::size(k_all_codes));
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_EQ(plain_reason(ReasonCode::link_inputs).text, "objects or link command changed");
}

} // namespace
} // namespace kbtf::test
