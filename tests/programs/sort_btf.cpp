// SPDX-License-Identifier: GPL-2.0-only
// resolve_btfids BTF OUT [BASE]: what resolve_btfids of Linux 7.0 and later does to BTF that has no
// kfuncs (tools/bpf/resolve_btfids/main.c: finalize_btf): strings without a type go, those left are
// in the order in which types refer to them (btf_dedup_strings), then types are sorted by name, and
// by id where names are equal (sort_btf_by_name). A layout section is left out. For the miniature
// trees; real trees have the real tool. BTF is raw, BASE an ELF file or raw BTF.
#include "daemon/btf/base_hash.hpp"
#include "daemon/btf/btf_check_parts.hpp"
#include "daemon/renumber/btf_words.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <numeric>
#include <stdexcept>

namespace kbtf {
namespace {

using Bytes = std::vector<std::byte>;

template <typename T> T value_of(Expected<T> expected) {
  if (!expected)
    throw std::runtime_error(expected.error().text);
  return *std::move(expected);
}

class Sorter {
public:
  explicit Sorter(const BtfView& view) : m_view(view) {
    m_first_string = view.base() ? view.base()->string_size() : 0;
    if (!view.base())
      m_strings.push_back('\0');
  }

  [[nodiscard]] Bytes sorted() {
    collect_strings();
    sort_ids();
    std::vector<std::uint32_t> words;
    for (const std::uint32_t id : m_ids)
      for_each_word(m_view.type(id), [&](const Word& word) {
        words.push_back(word.role == WordRole::string    ? string(word.value)
                        : word.role == WordRole::type_id ? type(word.value)
                                                         : word.value);
      });
    BtfHeader header{};
    header.magic = k_btf_magic;
    header.version = k_btf_version;
    header.hdr_len = k_short_btf_header;
    header.type_len = header.str_off = static_cast<std::uint32_t>(words.size() * sizeof words[0]);
    header.str_len = static_cast<std::uint32_t>(m_strings.size());
    Bytes out;
    for (const auto part : {std::as_bytes(std::span(&header, 1)).first(k_short_btf_header),
                            std::as_bytes(std::span(words)), std::as_bytes(std::span(m_strings))})
      out.insert(out.end(), part.begin(), part.end());
    return out;
  }

private:
  [[nodiscard]] std::string_view name(std::uint32_t id) const {
    return m_view.string(m_view.type(id).name);
  }
  [[nodiscard]] std::uint32_t string(std::uint32_t offset) const {
    return offset == 0 || offset < m_first_string ? offset : m_offsets.at(m_view.string(offset));
  }
  [[nodiscard]] std::uint32_t type(std::uint32_t id) const {
    return id < m_view.first_id() ? id : m_moved[id - m_view.first_id()];
  }
  void collect_strings() {
    for (std::uint32_t id = m_view.first_id(); id < m_view.type_count(); ++id)
      for_each_string(m_view.type(id), [&](std::uint32_t offset) {
        if (offset == 0 || offset < m_first_string)
          return;
        const char* text = m_view.string(offset);
        const auto at = m_first_string + static_cast<std::uint32_t>(m_strings.size());
        if (m_offsets.emplace(text, at).second)
          m_strings.append(text).push_back('\0');
      });
  }
  void sort_ids() {
    m_ids.resize(m_view.type_count() - m_view.first_id());
    std::iota(m_ids.begin(), m_ids.end(), m_view.first_id());
    std::stable_sort(m_ids.begin(), m_ids.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return name(a) < name(b); });
    m_moved.resize(m_ids.size());
    for (std::uint32_t i = 0; i < m_ids.size(); ++i)
      m_moved[m_ids[i] - m_view.first_id()] = m_view.first_id() + i;
  }

  const BtfView& m_view;
  std::uint32_t m_first_string = 0;
  std::string m_strings;
  std::map<std::string, std::uint32_t> m_offsets; // of strings in m_strings, the base's before them
  std::vector<std::uint32_t> m_ids;               // in their new order
  std::vector<std::uint32_t> m_moved;             // new ids, by old
};

void sort(const std::string& in, const std::string& out, const std::string& base_path) {
  std::shared_ptr<const BtfBase> base;
  if (!base_path.empty())
    base = value_of(BtfBase::parse(value_of(read_base_btf(base_path)).bytes));
  const Bytes bytes = value_of(read_base_btf(in)).bytes;
  const auto view = value_of(BtfView::parse(bytes, base ? &base->parts().view : nullptr));
  const Bytes sorted = Sorter(view).sorted();
  std::ofstream file(out, std::ios::binary);
  file.write(reinterpret_cast<const char*>(sorted.data()),
             static_cast<std::streamsize>(sorted.size()));
  if (!file.flush())
    throw std::runtime_error("cannot write " + out);
}

} // namespace
} // namespace kbtf

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    // By these words kbtf knows the kernel's tool (daemon/tools/program_look.cpp).
    std::fputs("usage: resolve_btfids [<options>] BTF OUT [BASE]; there is no .BTF_ids\n", stderr);
    return 2;
  }
  try {
    kbtf::sort(argv[1], argv[2], argc == 4 ? argv[3] : "");
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "resolve_btfids: %s\n", error.what());
    return 1;
  }
}
