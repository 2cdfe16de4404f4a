// SPDX-License-Identifier: GPL-2.0-only
#include "tests/bench/ids_oracle.hpp"

#include "daemon/btf/elf_file.hpp"
#include "tests/bench/programs.hpp"

#include <cstring>
#include <fstream>
#include <stdexcept>

namespace kbtf::bench {
namespace {

void put(std::vector<std::byte>& bytes, std::uint64_t offset, std::uint32_t value) {
  if (offset + sizeof value > bytes.size())
    throw std::runtime_error("symbol outside of .BTF_ids");
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

template <typename T> T take(Expected<T> result) {
  if (!result)
    throw std::runtime_error(result.error().text);
  return *std::move(result);
}

} // namespace

IdsOracle::IdsOracle(const std::filesystem::path& module) : m_module(module) {
  const ElfFile file = take(ElfFile::open(module));
  const ElfSection* section = file.find(".BTF_ids");
  if (!section)
    return;
  m_offset = section->offset;
  m_ids = take(file.read(*section));
  for (auto& symbol : take(file.symbols_in(*section, "__BTF_ID__")))
    m_symbols.push_back({symbol.name, symbol.value, symbol.size});
  std::uint32_t flag = 0x100;
  for (const IdSymbol& symbol : m_symbols)
    if (symbol.name.starts_with("__BTF_ID__set")) {
      const bool pairs = symbol.name.starts_with("__BTF_ID__set8");
      for (std::uint64_t at = 4; at < symbol.size; at += 4)
        put(m_ids, symbol.offset + at, pairs && at > 4 && at % 8 == 4 ? ++flag : 0);
    }
  for (const IdSymbol& symbol : m_symbols)
    if (!symbol.name.starts_with("__BTF_ID__set"))
      put(m_ids, symbol.offset, 0);
}

std::vector<std::byte> IdsOracle::resolve(const std::filesystem::path& resolve_btfids,
                                          const std::filesystem::path& split,
                                          const std::filesystem::path& base,
                                          const std::filesystem::path& work) const {
  const auto copy = work / "with_ids.ko";
  std::filesystem::copy_file(m_module, copy, std::filesystem::copy_options::overwrite_existing);
  std::fstream file(copy, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(m_offset));
  file.write(reinterpret_cast<const char*>(m_ids.data()),
             static_cast<std::streamsize>(m_ids.size()));
  file.close();
  if (!run_program({resolve_btfids, "--btf", split, "-b", base, copy}))
    throw std::runtime_error("resolve_btfids fails on " + m_module.string());
  const ElfFile done = take(ElfFile::open(copy));
  return take(done.read(*done.find(".BTF_ids")));
}

} // namespace kbtf::bench
