// SPDX-License-Identifier: GPL-2.0-only
// BTF with a layout section between types and strings, whole and damaged.
#include "tests/unit/btf_layout.hpp"

#include "daemon/btf/btf_check.hpp"
#include "daemon/btf/btf_view.hpp"
#include "tests/unit/btf_builder.hpp"
#include "tests/unit/libbpf_btf.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <linux/btf.h>

namespace kbtf::test {
namespace {

static_assert(k_btf_magic == BTF_MAGIC && k_btf_version == BTF_VERSION);
static_assert(int{kind_struct} == BTF_KIND_STRUCT && int{kind_func_proto} == BTF_KIND_FUNC_PROTO);
static_assert(int{kind_enum64} == BTF_KIND_ENUM64 && k_btf_max_type == BTF_MAX_TYPE);
static_assert(int{func_global} == BTF_FUNC_GLOBAL);
static_assert(int{var_global_extern} == BTF_VAR_GLOBAL_EXTERN);

class BtfLayout : public testing::Test {
protected:
  BtfLayout() { m_good.add_const(m_good.add_int()); }

  // What is said of BTF whose layout section has these entries.
  [[nodiscard]] std::string said_of(const std::vector<LayoutEntry>& layout) const {
    return text_of(with_layout(m_good.bytes(), layout));
  }
  // What is said after `change` of a header that fits BTF with the known layout.
  [[nodiscard]] std::string said_after(const std::function<void(BtfHeader&)>& change) const {
    auto bytes = with_layout(m_good.bytes());
    BtfHeader header{};
    std::memcpy(&header, bytes.data(), sizeof header);
    change(header);
    std::memcpy(bytes.data(), &header, sizeof header);
    return text_of(bytes);
  }
  [[nodiscard]] static std::string text_of(const std::vector<std::byte>& bytes) {
    const auto checked = check_split_btf(nullptr, bytes);
    return checked ? "accepted" : checked.error().text;
  }

  BtfBuilder m_good;
};

TEST_F(BtfLayout, IsAcceptedAndKept) {
  const auto bytes = with_layout(m_good.bytes());
  EXPECT_EQ(text_of(bytes), "accepted");
  const auto view = BtfView::parse(bytes);
  EXPECT_EQ(view->layout().size(), 80U);
  EXPECT_STREQ(view->string(view->type(1).name), "int");
  EXPECT_TRUE(parse_with_libbpf(bytes)) << "libbpf does not take what the test wrote";
}

TEST_F(BtfLayout, MayDescribeFewerOrMoreKinds) {
  auto layout = known_layout();
  layout.resize(3);
  EXPECT_EQ(said_of(layout), "accepted");
  layout = known_layout();
  layout.push_back({8, 16});
  EXPECT_EQ(said_of(layout), "accepted");
}

TEST_F(BtfLayout, MustAgreeWithKnownKinds) {
  auto layout = known_layout();
  layout[BTF_KIND_STRUCT] = {4, 12};
  EXPECT_EQ(said_of(layout), "layout of struct is not the known one");
  layout = known_layout();
  layout[BTF_KIND_ENUM64] = {0, 16};
  EXPECT_EQ(said_of(layout), "layout of enum64 is not the known one");
  layout = known_layout();
  layout[BTF_KIND_PTR] = {0, 0, 1};
  EXPECT_EQ(said_of(layout), "layout of ptr has unknown flags");
}

TEST_F(BtfLayout, DescribedButUnknownKindIsRefusedByNumber) {
  auto layout = known_layout();
  layout.push_back({4, 0});
  BtfBuilder newer;
  newer.add(0, info(20), 0, {0});
  EXPECT_EQ(text_of(with_layout(newer.bytes(), layout)), "type 1: unknown kind 20");
}

TEST_F(BtfLayout, MustLieBetweenTypesAndStrings) {
  const auto not_filled = [&](const std::function<void(BtfHeader&)>& change) {
    const std::string said = said_after(change);
    EXPECT_NE(said.find("do not fill the"), std::string::npos) << said;
  };
  EXPECT_EQ(said_after([](BtfHeader&) {}), "accepted");
  not_filled([](BtfHeader& h) { h.layout_off = 0; });
  not_filled([](BtfHeader& h) { h.layout_off += 4; });
  not_filled([](BtfHeader& h) { h.layout_off = UINT32_MAX; });
  not_filled([](BtfHeader& h) { h.layout_len = 0; });
  not_filled([](BtfHeader& h) { h.layout_len -= 4; });
  not_filled([](BtfHeader& h) { h.layout_len = UINT32_MAX; });
  not_filled([](BtfHeader& h) { h.layout_len += h.str_len, h.str_len = 0; });
  not_filled([](BtfHeader& h) { h.str_off = h.type_len; });
  not_filled([](BtfHeader& h) { h.str_len = UINT32_MAX; });
  not_filled([](BtfHeader& h) { h.type_len += 4; });
}

TEST_F(BtfLayout, LengthIsWholeEntries) {
  const std::string said = said_after([](BtfHeader& h) {
    h.layout_len += 1;
    h.str_off += 1;
    h.str_len -= 1;
  });
  EXPECT_NE(said.find("aligned entries"), std::string::npos) << said;
}

TEST_F(BtfLayout, HeaderOf32BytesNeedsNone) {
  BtfHeader header = m_good.header();
  header.hdr_len = sizeof header;
  EXPECT_EQ(text_of(with_header(m_good.bytes(), header)), "accepted");
}

TEST_F(BtfLayout, DamageAnywhereInHeaderAndLayoutIsSurvived) {
  const auto good = with_layout(m_good.bytes());
  std::size_t accepted = 0;
  for (std::size_t at = 0; at < good.size(); ++at)
    for (unsigned value = 0; value < 256; ++value) {
      auto bytes = good;
      bytes[at] = std::byte(value);
      if (check_split_btf(nullptr, bytes))
        ++accepted;
    }
  EXPECT_GE(accepted, good.size()); // each byte once left as it is
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_NE(text_of({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}),
              "accepted");
}

} // namespace
} // namespace kbtf::test
