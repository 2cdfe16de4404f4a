// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/renumber/profile.hpp"

#include "daemon/renumber/base_map.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace kbtf {
namespace {

constexpr std::uint32_t k_profile_version = 2;

// Serialized as: the hash of all that follows; this header; then uses, names and strings as
// differences, each in groups of 7 bits, low ones first, with bit 7 set on all but the last.
struct Head {
  std::uint32_t version = k_profile_version;
  std::uint32_t table_entries = 0;
  std::uint64_t split_high = 0;
  std::uint64_t split_low = 0;
  std::uint32_t uses_size = 0;  // bytes
  std::uint32_t names_size = 0; // bytes; strings take the rest
};
static_assert(sizeof(Head) == 32 && sizeof(ContentHash) == 16);

void append_number(std::vector<std::byte>& out, std::uint32_t value) {
  for (; value >= 0x80; value >>= 7)
    out.push_back(static_cast<std::byte>(value | 0x80));
  out.push_back(static_cast<std::byte>(value));
}

std::vector<std::byte> pack_ids(const std::vector<std::uint32_t>& ids) {
  std::vector<std::byte> out;
  std::uint32_t last = 0;
  for (const std::uint32_t id : ids) {
    append_number(out, id - last);
    last = id;
  }
  out.shrink_to_fit();
  return out;
}

// Ids ascending from 1, or nothing if the bytes are malformed.
std::optional<std::vector<std::uint32_t>> read_ids(std::span<const std::byte> bytes,
                                                   std::uint32_t most = k_btf_max_type) {
  std::vector<std::uint32_t> ids;
  std::uint64_t last = 0;
  std::uint64_t step = 0;
  unsigned shift = 0;
  for (const std::byte byte : bytes) {
    step |= std::uint64_t{std::to_integer<std::uint8_t>(byte) & 0x7fU} << shift;
    shift += 7;
    if ((byte & std::byte{0x80}) != std::byte{0}) {
      if (shift > 28)
        return std::nullopt;
      continue;
    }
    last += step;
    if (step == 0 || last > most)
      return std::nullopt;
    ids.push_back(static_cast<std::uint32_t>(last));
    step = shift = 0;
  }
  if (shift != 0)
    return std::nullopt;
  return ids;
}

} // namespace

Profile::Profile(ContentHash split, const std::vector<std::uint32_t>& uses,
                 const std::vector<std::uint32_t>& names, const std::vector<std::uint32_t>& strings,
                 std::uint32_t table_entries)
    : m_split(split), m_table_entries(table_entries), m_uses(pack_ids(uses)),
      m_names(pack_ids(names)), m_strings(pack_ids(strings)) {}

std::vector<std::uint32_t> Profile::uses() const {
  return read_ids(m_uses).value_or(std::vector<std::uint32_t>());
}

std::vector<std::uint32_t> Profile::names() const {
  return read_ids(m_names).value_or(std::vector<std::uint32_t>());
}

std::vector<std::uint32_t> Profile::strings() const {
  return read_ids(m_strings, k_btf_max_name_offset).value_or(std::vector<std::uint32_t>());
}

Profile Profile::moved(const BaseMap& map, ContentHash split) const {
  const auto move = [](std::vector<std::uint32_t> numbers, const auto& in) {
    for (std::uint32_t& number : numbers)
      number = in.moved(number);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  };
  return {split, move(uses(), map), move(names(), map), move(strings(), map.strings()),
          m_table_entries};
}

std::vector<std::byte> Profile::serialize() const {
  const Head head{k_profile_version,
                  m_table_entries,
                  m_split.high,
                  m_split.low,
                  static_cast<std::uint32_t>(m_uses.size()),
                  static_cast<std::uint32_t>(m_names.size())};
  std::vector<std::byte> out(sizeof(ContentHash) + sizeof head + m_uses.size() + m_names.size() +
                             m_strings.size());
  const std::span body = std::span(out).subspan(sizeof(ContentHash));
  std::memcpy(body.data(), &head, sizeof head);
  auto at = body.begin() + sizeof head;
  for (const auto* numbers : {&m_uses, &m_names, &m_strings})
    at = std::copy(numbers->begin(), numbers->end(), at);
  const ContentHash hash = hash_bytes(body);
  std::memcpy(out.data(), &hash, sizeof hash);
  return out;
}

Expected<Profile> Profile::parse(std::span<const std::byte> bytes) {
  Head head;
  ContentHash hash;
  if (bytes.size() < sizeof hash + sizeof head)
    return unexpected(ErrorKind::malformed, "profile: cut short");
  std::memcpy(&hash, bytes.data(), sizeof hash);
  bytes = bytes.subspan(sizeof hash);
  if (hash_bytes(bytes) != hash)
    return unexpected(ErrorKind::malformed, "profile: damaged");
  std::memcpy(&head, bytes.data(), sizeof head);
  if (head.version != k_profile_version)
    return unexpected(ErrorKind::unsupported, "profile: version " + std::to_string(head.version));
  bytes = bytes.subspan(sizeof head);
  if (std::uint64_t{head.uses_size} + head.names_size > bytes.size())
    return unexpected(ErrorKind::malformed, "profile: damaged");
  const auto uses = read_ids(bytes.first(head.uses_size));
  const auto names = read_ids(bytes.subspan(head.uses_size, head.names_size));
  const auto strings =
      read_ids(bytes.subspan(head.uses_size + head.names_size), k_btf_max_name_offset);
  if (!uses || !names || !strings)
    return unexpected(ErrorKind::malformed, "profile: damaged");
  return Profile({head.split_high, head.split_low}, *uses, *names, *strings, head.table_entries);
}

} // namespace kbtf
