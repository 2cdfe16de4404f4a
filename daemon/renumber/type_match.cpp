// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/renumber/type_match.hpp"

#include "daemon/renumber/btf_words.hpp"
#include "daemon/renumber/type_colours.hpp"

#include <algorithm>

namespace kbtf {
namespace {

using Hashes = std::vector<std::uint64_t>;

// Ids sorted by hash, then by id; without those of hash 0.
std::vector<std::uint32_t> by_hash(const Hashes& hashes) {
  std::vector<std::uint32_t> ids;
  ids.reserve(hashes.size());
  for (std::uint32_t id = 1; id < hashes.size(); ++id)
    if (hashes[id] != 0)
      ids.push_back(id);
  std::sort(ids.begin(), ids.end(), [&](std::uint32_t a, std::uint32_t b) {
    return hashes[a] != hashes[b] ? hashes[a] < hashes[b] : a < b;
  });
  return ids;
}

std::size_t end_of_hash(const std::vector<std::uint32_t>& ids, const Hashes& hashes,
                        std::size_t begin) {
  std::size_t end = begin;
  while (end < ids.size() && hashes[ids[end]] == hashes[ids[begin]])
    ++end;
  return end;
}

// Calls f(old id, new id) for ids of equal hash, in order, if both sides have the same number.
template <typename F> void pair_by_hash(const Hashes& from, const Hashes& to, F&& f) {
  const auto old_ids = by_hash(from);
  const auto new_ids = by_hash(to);
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < old_ids.size() && j < new_ids.size()) {
    const std::uint64_t a = from[old_ids[i]];
    const std::uint64_t b = to[new_ids[j]];
    const std::size_t i_end = a <= b ? end_of_hash(old_ids, from, i) : i;
    const std::size_t j_end = b <= a ? end_of_hash(new_ids, to, j) : j;
    if (a == b && i_end - i == j_end - j)
      for (std::size_t k = 0; k < i_end - i; ++k)
        f(old_ids[i + k], new_ids[j + k]);
    i = i_end;
    j = j_end;
  }
}

class Matcher {
public:
  Matcher(const BtfView& from, const BtfView& to, const StringMap& strings)
      : m_from(from), m_to(to), m_strings(strings) {
    m_match.forward.assign(from.type_count(), 0);
    m_match.backward.assign(to.type_count(), 0);
    m_match.changed.assign(from.type_count(), false);
  }

  [[nodiscard]] TypeMatch run() {
    guess();
    std::vector<std::uint32_t> broken;
    for (std::uint32_t id = 1; id < m_from.type_count(); ++id)
      if (!m_match.changed[id] && !agrees(id))
        broken.push_back(id);
    if (!broken.empty()) {
      take_apart(broken);
      verify();
    }
    return std::move(m_match);
  }

private:
  void pair(std::uint32_t old_id, std::uint32_t new_id) {
    m_match.forward[old_id] = new_id;
    m_match.backward[new_id] = old_id;
  }
  void unpair(std::uint32_t id) {
    m_match.backward[m_match.forward[id]] = 0;
    m_match.forward[id] = 0;
  }
  void guess() {
    const BothColours hashes = colour_types(m_from, m_to, m_strings);
    pair_by_hash(hashes.from.colours, hashes.to.colours, [&](std::uint32_t a, std::uint32_t b) {
      if (m_from.type(a).info == m_to.type(b).info)
        pair(a, b);
    });
    m_counterpart.assign(m_from.type_count(), 0);
    pair_by_hash(hashes.from.anchors, hashes.to.anchors, [&](std::uint32_t a, std::uint32_t b) {
      if (const std::uint32_t kind = m_from.type(a).kind();
          kind == kind_fwd || kind != m_to.type(b).kind() ||
          m_strings.moved(m_from.type(a).name) != m_to.type(b).name)
        return;
      m_counterpart[a] = b;
      if (m_match.forward[a] == 0 && m_match.backward[b] == 0)
        change(a);
    });
  }
  void change(std::uint32_t id) {
    pair(id, m_counterpart[id]);
    m_match.changed[id] = true;
  }
  // Whether id and its pair are the same, as far as the pairs are known.
  [[nodiscard]] bool agrees(std::uint32_t id) const;
  void take_apart(const std::vector<std::uint32_t>& broken);
  void index_users();
  void verify();

  const BtfView& m_from;
  const BtfView& m_to;
  const StringMap& m_strings;
  TypeMatch m_match;
  std::vector<std::uint32_t> m_counterpart; // what a type of a unique name may have changed to
  std::vector<std::uint32_t> m_first_user;  // m_users[m_first_user[id]...] refer to id
  std::vector<std::uint32_t> m_users;
};

bool Matcher::agrees(std::uint32_t id) const {
  const std::uint32_t other = m_match.forward[id];
  if (other == 0)
    return false;
  const auto agree = [this](const Word& word, std::uint32_t there) {
    if (word.role == WordRole::value)
      return word.value == there;
    if (word.role == WordRole::string)
      return m_strings.moved(word.value) == there;
    return m_match.forward[word.value] == there && // void only matches void
           (word.value == 0) == (there == 0);
  };
  return all_words_agree(m_from.type(id), m_to.type(other), agree);
}

// A type that is no longer the same becomes changed if its name is unique, and otherwise loses its
// pair; then what refers to it is no longer the same either.
void Matcher::take_apart(const std::vector<std::uint32_t>& broken) {
  index_users();
  for (const std::uint32_t id : broken)
    unpair(id);
  std::vector<std::uint32_t> lost;
  const auto settle = [&](std::uint32_t id) {
    if (m_counterpart[id] != 0 && m_match.backward[m_counterpart[id]] == 0)
      change(id);
    else
      lost.push_back(id);
  };
  for (const std::uint32_t id : broken)
    settle(id);
  for (std::size_t next = 0; next < lost.size(); ++next)
    for (std::uint32_t at = m_first_user[lost[next]]; at < m_first_user[lost[next] + 1]; ++at)
      if (const std::uint32_t user = m_users[at];
          m_match.forward[user] != 0 && !m_match.changed[user]) {
        unpair(user);
        settle(user);
      }
}

// If two hashes collided, a type taken apart can have another pair than the one against which
// something else was checked. Then maps nothing.
void Matcher::verify() {
  for (std::uint32_t id = 1; id < m_from.type_count(); ++id)
    if (m_match.forward[id] != 0 && !m_match.changed[id] && !agrees(id)) {
      m_match.forward.assign(m_match.forward.size(), 0);
      m_match.backward.assign(m_match.backward.size(), 0);
      m_match.changed.assign(m_match.changed.size(), false);
      return;
    }
}

void Matcher::index_users() {
  m_first_user.assign(m_from.type_count() + 1, 0);
  const auto each = [&](auto&& f) {
    for (std::uint32_t id = 1; id < m_from.type_count(); ++id)
      for_each_type_id(m_from.type(id),
                       [&](std::uint32_t to, const char*, std::uint32_t) { f(id, to); });
  };
  each([&](std::uint32_t, std::uint32_t to) { ++m_first_user[to + 1]; });
  for (std::size_t i = 1; i < m_first_user.size(); ++i)
    m_first_user[i] += m_first_user[i - 1];
  m_users.resize(m_first_user.back());
  std::vector<std::uint32_t> at(m_first_user.begin(), m_first_user.end() - 1);
  each([&](std::uint32_t id, std::uint32_t to) { m_users[at[to]++] = id; });
}

} // namespace

TypeMatch match_types(const BtfView& from, const BtfView& to, const StringMap& strings) {
  return Matcher(from, to, strings).run();
}

} // namespace kbtf
