// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/link_words.hpp"

#include "daemon/tools/modules_order.hpp"
#include "util/fd.hpp"
#include "util/words.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <vector>

namespace kbtf {
namespace {

constexpr std::size_t k_max_script = 1u << 20;

// Options without a value.
constexpr std::array<std::string_view, 24> k_alone = {"-r",
                                                      "--relocatable",
                                                      "-EL",
                                                      "-EB",
                                                      "-X",
                                                      "-x",
                                                      "-S",
                                                      "-s",
                                                      "-d",
                                                      "-q",
                                                      "--emit-relocs",
                                                      "--be8",
                                                      "--build-id",
                                                      "--discard-locals",
                                                      "--strip-debug",
                                                      "--save-restore-funcs",
                                                      "--no-undefined",
                                                      "--no-relax",
                                                      "--no-relax-gp",
                                                      "--force-group-allocation",
                                                      "--lto-whole-program-visibility",
                                                      "--ppc476-workaround",
                                                      "--no-ld-generated-unwind-info",
                                                      "--gc-sections"};
// Prefixes of options that name no file.
constexpr std::array<std::string_view, 11> k_begins = {"--build-id=",
                                                       "--fix-cortex-",
                                                       "--no-fix-cortex-",
                                                       "--orphan-handling=",
                                                       "--no-warn-",
                                                       "--warn-",
                                                       "--icf=",
                                                       "--lto-O",
                                                       "-plugin-opt=-code-model=",
                                                       "-plugin-opt=-stack-alignment=",
                                                       "-plugin-opt=-warn-stack-size="};
// Options whose value is the next word.
constexpr std::array<std::string_view, 3> k_with_value = {"-m", "-z", "-mllvm"};
// Commands of a linker script that make the linker read other files.
constexpr std::array<std::string_view, 5> k_leads_on = {"INCLUDE", "INPUT", "GROUP", "SEARCH_DIR",
                                                        "STARTUP"};

bool is_option(std::string_view word) {
  const auto begins = [word](std::string_view start) { return word.starts_with(start); };
  // "-maarch64elf": an emulation in the same word.
  const bool is_emulation = word.starts_with("-m") && word.size() > 2;
  return is_one_of(word, k_alone) || std::ranges::any_of(k_begins, begins) || is_emulation;
}

Unexpected unclear(const std::string& what) {
  return unexpected(ErrorKind::unsupported, "the link command " + what);
}

bool leads_on(const std::string& script) {
  constexpr std::string_view k_letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.$";
  const auto words =
      runs_of(script, [k_letters](char c) { return k_letters.find(c) != std::string_view::npos; });
  return std::ranges::any_of(words,
                             [](std::string_view word) { return is_one_of(word, k_leads_on); });
}

// An object, or a linker script, which may replace an object.
Status check_file(const std::string& word, const std::string& cwd) {
  const std::string path = absolute_path(cwd, word);
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0)
    return unexpected(ErrorKind::not_found, path + ": not found");
  if (!S_ISREG(st.st_mode))
    return unclear("reads " + word + ", which is not a file");
  const auto file = open_fd(path, O_RDONLY | O_NONBLOCK);
  if (!file)
    return file.forward_error();
  constexpr std::size_t k_magic = 8;
  const auto begin = beginning_of(*file, k_magic, path);
  if (!begin)
    return begin.forward_error();
  constexpr std::array<std::string_view, 3> k_objects = {"\177ELF", "BC\xC0\xDE", "!<arch>"};
  if (std::ranges::any_of(k_objects,
                          [&](std::string_view magic) { return begin->starts_with(magic); }))
    return Ok{};
  if (begin->starts_with("!<thin>"))
    return unclear("reads " + word + ", which names other files");
  const auto text = read_file(path, k_max_script);
  if (!text)
    return unclear("reads " + word + ", which is neither an object nor a linker script");
  return leads_on(*text) ? unclear("reads " + word + ", which may name other files") : Status(Ok{});
}

} // namespace

Status check_link_words(std::span<const std::string> words, const std::string& cwd,
                        const std::string& output) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const bool has_next = i + 1 < words.size();
    if (word == "-o" && has_next && absolute_path(cwd, words[i + 1]) == output) {
      ++i;
      continue;
    }
    if (is_one_of(word, k_with_value) && has_next) {
      ++i;
      continue;
    }
    if (is_option(word))
      continue;
    const bool is_script = word == "-T" && has_next;
    if (!is_script && (word.starts_with('-') || word.starts_with('@')))
      return unclear("has " + word + ", which kbtf does not know");
    if (auto checked = check_file(is_script ? words[++i] : word, cwd); !checked)
      return checked;
  }
  return Ok{};
}

// Compares words as written: make puts $(LD) there unchanged.
Status check_linker(const std::string& command, const std::string& linker) {
  const auto words = split_words(command);
  const auto expected = split_words(linker);
  if (words.empty())
    return Ok{};
  if (expected.empty() || words.size() < expected.size() ||
      !std::equal(expected.begin(), expected.end(), words.begin()))
    return unclear("runs " + words.front() + ", which is not $(LD)");
  return Ok{};
}

} // namespace kbtf
