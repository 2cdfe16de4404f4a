// SPDX-License-Identifier: GPL-2.0-only
// Test helper: writes BTF word by word, so that a test can get any field wrong on purpose.
// Knows the format's layout and none of its rules.
#pragma once

#include "daemon/btf/btf_format.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <linux/btf.h>
#include <span>
#include <string>
#include <vector>

namespace kbtf::test {

// info word of a btf_type.
inline std::uint32_t info(std::uint32_t kind, std::uint32_t vlen = 0, bool kflag = false) {
  return kind << 24 | vlen | (kflag ? 0x80000000U : 0);
}

class BtfBuilder {
public:
  // For a split: the base's type count and string size.
  explicit BtfBuilder(std::uint32_t first_id = 1, std::uint32_t first_string = 0)
      : m_next_id(first_id), m_first_string(first_string) {
    if (first_string == 0)
      m_strings.push_back('\0');
  }

  // Adds a string, always anew; returns its offset.
  std::uint32_t string(const std::string& text) {
    const auto offset = m_first_string + static_cast<std::uint32_t>(m_strings.size());
    m_strings += text;
    m_strings += '\0';
    return offset;
  }

  // Adds a type; returns its id.
  std::uint32_t add(std::uint32_t name, std::uint32_t info_word, std::uint32_t size_or_type,
                    std::initializer_list<std::uint32_t> words = {}) {
    m_types.insert(m_types.end(), {name, info_word, size_or_type});
    m_types.insert(m_types.end(), words);
    return m_next_id++;
  }

  std::uint32_t add_int(const std::string& name = "int", std::uint32_t bytes = 4) {
    return add(string(name), info(BTF_KIND_INT), bytes, {bytes * 8});
  }
  std::uint32_t add_ptr(std::uint32_t to) { return add(0, info(BTF_KIND_PTR), to); }
  std::uint32_t add_const(std::uint32_t of) { return add(0, info(BTF_KIND_CONST), of); }
  std::uint32_t add_typedef(const std::string& name, std::uint32_t of) {
    return add(string(name), info(BTF_KIND_TYPEDEF), of);
  }
  std::uint32_t add_proto(std::uint32_t result = 0) {
    return add(0, info(BTF_KIND_FUNC_PROTO), result);
  }
  std::uint32_t add_func(const std::string& name, std::uint32_t proto) {
    return add(string(name), info(BTF_KIND_FUNC, BTF_FUNC_STATIC), proto);
  }

  [[nodiscard]] std::uint32_t next_id() const { return m_next_id; }
  [[nodiscard]] BtfHeader header() const {
    BtfHeader header{};
    header.magic = k_btf_magic;
    header.version = k_btf_version;
    header.hdr_len = k_short_btf_header;
    header.type_len = header.str_off =
        static_cast<std::uint32_t>(m_types.size() * sizeof(std::uint32_t));
    header.str_len = static_cast<std::uint32_t>(m_strings.size());
    return header;
  }
  [[nodiscard]] std::vector<std::byte> bytes() const { return bytes(header()); }
  [[nodiscard]] std::vector<std::byte> bytes(const BtfHeader& header) const {
    const auto head = std::as_bytes(std::span(&header, 1)).first(k_short_btf_header);
    const auto types = std::as_bytes(std::span(m_types));
    const auto strings = std::as_bytes(std::span(m_strings));
    std::vector<std::byte> out(head.size() + types.size() + strings.size());
    auto at = std::copy(head.begin(), head.end(), out.begin());
    at = std::copy(types.begin(), types.end(), at);
    std::copy(strings.begin(), strings.end(), at);
    return out;
  }

private:
  std::uint32_t m_next_id;
  std::uint32_t m_first_string;
  std::vector<std::uint32_t> m_types;
  std::string m_strings;
};

} // namespace kbtf::test
