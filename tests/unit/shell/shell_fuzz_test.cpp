// SPDX-License-Identifier: GPL-2.0-only
// Junk and damaged scripts: read_shell() ends, in linear time, with a text or with an error; and
// what it reads loses no command.
#include "daemon/shell/shell_text.hpp"

#include <gtest/gtest.h>
#include <random>

namespace kbtf::test {
namespace {

const std::string k_script = R"(#!/bin/sh
set -e
usage()
{
	echo "Usage: $0 [--btf_base <file>] <target ELF file>"
	exit 1
}
while [ $# -gt 0 ]; do
	case "$1" in
	--btf_base)
		BTF_BASE="$2"
		shift 2
		;;
	-*) usage ;;
	*) break ;;
	esac
done
is_enabled() { grep -q "^$1=y" ${objtree}/include/config/auto.conf; }
${PAHOLE} -J ${PAHOLE_FLAGS} ${BTF_BASE:+--btf_base ${BTF_BASE}} "$1" `echo \`x\`` $((1 + $a))
if [ -f "$1.x" ]; then (printf '\0\1' | dd of="${b}" conv=notrunc) 2>/dev/null; fi
trap cleanup EXIT
)";

constexpr std::string_view k_pieces[] = {
    "if ", "then ", "fi", "case ", " in ", "esac", ")",  "(",   ";;",   ";",   "\n",
    "$(",  "${",    "}",  "{ ",    "`",    "'",    "\"", "\\",  "$((",  "))",  "<<",
    ">",   "&",     "|",  "a",     "=",    "#",    " ",  "do ", "done", "for "};

TEST(ShellFuzz, Junk) {
  std::mt19937 random(1); // NOLINT: the same texts each time
  for (int round = 0; round < 50000; ++round) {
    std::string text;
    for (std::size_t n = random() % 40; n > 0; --n)
      text += k_pieces[random() % std::size(k_pieces)];
    const auto result = read_shell(text);
    if (!result) {
      EXPECT_TRUE(result.error().text.starts_with("line ")) << text;
    }
  }
}

TEST(ShellFuzz, DamagedScripts) {
  ASSERT_TRUE(read_shell(k_script));
  std::mt19937 random(2); // NOLINT: the same texts each time
  for (int round = 0; round < 50000; ++round) {
    std::string text = k_script;
    for (std::size_t n = 1 + random() % 4; n > 0; --n) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
      case 0:
        text.erase(at, 1 + random() % 9);
        break;
      case 1:
        text[at] = static_cast<char>(random() % 256);
        break;
      default:
        text.insert(at, k_pieces[random() % std::size(k_pieces)]);
      }
      if (text.empty())
        break;
    }
    (void)read_shell(text);
  }
}

TEST(ShellFuzz, CutScripts) {
  for (std::size_t size = 0; size < k_script.size(); ++size)
    (void)read_shell(k_script.substr(0, size));
}

// 1 MB of each piece alone: what is quadratic does not end here.
TEST(ShellFuzz, LongTexts) {
  for (const auto piece : k_pieces) {
    std::string text;
    while (text.size() < (1u << 20))
      text += piece;
    (void)read_shell(text);
    (void)read_shell("x " + text);
  }
}

// A command that stands on a line of its own, between any other lines, is seen.
TEST(ShellFuzz, NoCommandIsLost) {
  std::mt19937 random(3); // NOLINT: the same texts each time
  for (int round = 0; round < 2000; ++round) {
    std::string text = "x1\n";
    std::size_t expected = 1;
    for (std::size_t n = random() % 12; n > 0; --n) {
      static const std::string forms[] = {
          "a 'b; c' # d\n",
          "if a; then\nx1\nfi\n",
          "case $a in b) x1 ;; esac\n",
          "{ x1; } >a\n",
          "f() { x1; }\n",
          "a=$(x1) b\n",
          "a \"`x1`\" b\n",
          "while x1; do a; done\n",
          "for a in b; do x1; done\n",
          "a && x1 || ! a\n",
          "(a; x1)\n",
          "a \"${b:-$(x1)}\"\n",
      };
      const std::string& form = forms[random() % std::size(forms)];
      text += form;
      expected += form.find("x1") != std::string::npos ? 1U : 0U;
    }
    const auto result = read_shell(text);
    ASSERT_TRUE(result) << text << result.error().text;
    std::size_t found = 0;
    for (const auto& command : result->commands)
      found += !command.words.empty() && command.words[0].literal() == "x1" ? 1U : 0U;
    ASSERT_EQ(found, expected) << text;
  }
}

} // namespace
} // namespace kbtf::test
