// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/program_look.hpp"

#include "util/fd.hpp"
#include "util/words.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace kbtf {
namespace {

constexpr std::size_t k_piece = std::size_t{1} << 20; // of the file, in memory at a time

struct Look {
  ToolKind kind;
  std::array<std::string_view, 5> texts; // needs all of them; "" always matches
};
constexpr std::array k_looks = {
    Look{ToolKind::pahole, {"btf_base", "expand_pointers", "show_private_classes", "nr_methods"}},
    Look{ToolKind::resolve_btfids, {".BTF_ids", "resolve_btfids [<options>]"}},
    Look{ToolKind::objcopy,
         {"add-section", "set-section-flags", "only-section", "redefine-sym", "localize-hidden"}},
    Look{ToolKind::linker,
         {"build-id", "as-needed", "whole-archive", "emit-relocs", "no-undefined"}},
    // One text each, naming the package.
    Look{ToolKind::launcher, {"coreutils"}},
    Look{ToolKind::launcher, {"util-linux"}},
    Look{ToolKind::launcher, {"BusyBox"}},
    Look{ToolKind::launcher, {"GNU Time"}},
};
constexpr std::string_view k_objcopy_variable = "LLVM_OBJCOPY";

// libc functions that start another program.
constexpr std::array<std::string_view, 6> k_starters = {"fexecve", "fork",  "vfork",
                                                        "popen",   "clone", "system"};
bool is_starter(std::string_view name) {
  return name.starts_with("exec") || name.starts_with("posix_spawn") || is_one_of(name, k_starters);
}

struct ElfEnd {
  void operator()(Elf* elf) const { ::elf_end(elf); }
};

// Which of `wanted` occur in the file.
Expected<std::set<std::string_view>> texts_in(const Fd& fd, const std::string& path,
                                              std::set<std::string_view> wanted) {
  std::set<std::string_view> found;
  std::size_t overlap = 0;
  for (const auto text : wanted)
    overlap = std::max(overlap, text.size());
  std::string piece(k_piece + overlap, '\0');
  std::size_t kept = 0; // from the previous piece: a text may span two
  for (std::uint64_t at = 0;;) {
    const auto n =
        read_at(fd, std::as_writable_bytes(std::span(piece)).subspan(kept, k_piece), at, path);
    if (!n)
      return n.forward_error();
    if (*n == 0)
      return found;
    at += *n;
    const std::string_view now(piece.data(), kept + *n);
    std::erase_if(wanted, [&](std::string_view text) {
      return now.find(text) != std::string_view::npos && found.insert(text).second;
    });
    kept = std::min(overlap, now.size());
    std::copy(now.end() - static_cast<std::ptrdiff_t>(kept), now.end(), piece.begin());
  }
}

// Symbols that the dynamic linker must resolve elsewhere. A dynamic executable whose symbols cannot
// be read may import anything.
Expected<std::set<std::string>> starters_in(const Fd& fd, const std::string& path) {
  ::elf_version(EV_CURRENT);
  const std::unique_ptr<Elf, ElfEnd> elf(::elf_begin(fd.get(), ELF_C_READ, nullptr));
  if (!elf || ::elf_kind(elf.get()) != ELF_K_ELF)
    return unexpected(ErrorKind::malformed, path + ": damaged ELF file");
  std::set<std::string> found;
  for (Elf_Scn* section = nullptr; (section = ::elf_nextscn(elf.get(), section)) != nullptr;) {
    GElf_Shdr header;
    if (!::gelf_getshdr(section, &header) || header.sh_type != SHT_DYNSYM || header.sh_entsize == 0)
      continue;
    Elf_Data* data = ::elf_getdata(section, nullptr);
    if (!data)
      return unexpected(ErrorKind::malformed, path + ": its symbols cannot be read");
    for (int i = 0; static_cast<std::size_t>(i) < header.sh_size / header.sh_entsize; ++i) {
      GElf_Sym symbol;
      const char* name = ::gelf_getsym(data, i, &symbol)
                             ? ::elf_strptr(elf.get(), header.sh_link, symbol.st_name)
                             : nullptr;
      if (name && symbol.st_shndx == SHN_UNDEF && is_starter(name))
        found.insert(name);
    }
  }
  return found;
}

Expected<ProgramLook> look_at_elf(const Fd& fd, const std::string& path) {
  ProgramLook look;
  look.format = ProgramLook::Format::elf;
  std::set<std::string_view> wanted = {k_objcopy_variable};
  for (const auto& each : k_looks)
    wanted.insert(each.texts.begin(), each.texts.end());
  wanted.erase("");
  auto found = texts_in(fd, path, wanted);
  if (!found)
    return found.forward_error();
  look.runs_objcopy = found->contains(k_objcopy_variable);
  found->insert("");
  for (const auto& each : k_looks)
    if (std::ranges::all_of(each.texts,
                            [&](std::string_view text) { return found->contains(text); }))
      look.looks_like.insert(each.kind);
  auto starters = starters_in(fd, path);
  if (!starters)
    return starters.forward_error();
  look.starters = *std::move(starters);
  return look;
}

} // namespace

const char* to_string(ToolKind kind) {
  switch (kind) {
  case ToolKind::pahole:
    return "pahole";
  case ToolKind::resolve_btfids:
    return "resolve_btfids";
  case ToolKind::objcopy:
    return "objcopy";
  case ToolKind::linker:
    return "a linker";
  case ToolKind::launcher:
    return "a known launcher";
  }
  return "";
}

Expected<ProgramLook> look_at_program(const std::string& path) {
  auto fd = open_fd(path, O_RDONLY);
  if (!fd)
    return fd.forward_error();
  constexpr std::size_t k_head = 256;
  const auto head = beginning_of(*fd, k_head, path);
  if (!head)
    return head.forward_error();
  if (head->starts_with(ELFMAG))
    return look_at_elf(*fd, path);
  ProgramLook look;
  if (head->starts_with("#!")) {
    look.format = ProgramLook::Format::script;
    look.interpreter = head->substr(2, head->find('\n') - 2);
  }
  return look;
}

std::string why_no_tool(const ProgramLook& look, ToolKind kind) {
  // pahole's encoder runs objcopy: by system(3), from 1.32 on by posix_spawn(3).
  const auto is_foreign = [&look](std::string_view name) {
    return !look.runs_objcopy || !(name == "system" || name.starts_with("posix_spawn"));
  };
  const bool is_like = look.looks_like.contains(kind);
  if (!is_like || kind == ToolKind::pahole) {
    const auto starter = std::ranges::find_if(look.starters, is_foreign);
    if (starter != look.starters.end() && kind != ToolKind::launcher)
      return "starts other programs (" + *starter + "), and which cannot be told";
  }
  return is_like ? "" : std::string("is not ") + to_string(kind);
}

} // namespace kbtf
