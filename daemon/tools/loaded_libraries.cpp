// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/loaded_libraries.hpp"

#include "daemon/tools/child_process.hpp"
#include "daemon/tools/modules_order.hpp"
#include "util/fd.hpp"
#include "util/words.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <memory>
#include <set>
#include <span>
#include <string_view>
#include <sys/mman.h>

namespace kbtf {
namespace {

constexpr std::size_t k_max_answer = 4u << 20;

struct ElfEnd {
  void operator()(Elf* elf) const { ::elf_end(elf); }
};

// The dynamic linker that PT_INTERP names; empty for a static program.
Expected<std::string> interpreter_of(const std::string& program) {
  ::elf_version(EV_CURRENT);
  auto fd = open_fd(program, O_RDONLY);
  if (!fd)
    return fd.forward_error();
  const std::unique_ptr<Elf, ElfEnd> elf(::elf_begin(fd->get(), ELF_C_READ, nullptr));
  std::size_t count = 0;
  if (!elf || ::elf_getphdrnum(elf.get(), &count) != 0)
    return unexpected(ErrorKind::malformed, program + ": not an ELF program");
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr header;
    if (!::gelf_getphdr(elf.get(), static_cast<int>(i), &header) || header.p_type != PT_INTERP)
      continue;
    std::array<char, 512> text{};
    if (header.p_filesz >= text.size())
      return unexpected(ErrorKind::malformed, program + ": PT_INTERP is too long");
    const auto bytes = std::as_writable_bytes(std::span(text)).first(header.p_filesz);
    const auto size = read_at(*fd, bytes, header.p_offset, program);
    if (!size || *size == 0)
      return unexpected(ErrorKind::malformed, program + ": PT_INTERP is not readable");
    return std::string(text.data());
  }
  return std::string();
}

// What `ld.so --list` prints, stdout and stderr.
Expected<std::string> answer_of(const std::string& interpreter, const std::string& program,
                                const LoaderSetting& setting, std::chrono::milliseconds patience) {
  const Fd output(::memfd_create("libraries", MFD_CLOEXEC));
  if (!output)
    return unexpected(errno_error("memfd_create"));
  ChildProcess child{{interpreter, "--list", program},
                     setting.environment,
                     setting.cwd,
                     output.get(),
                     patience,
                     k_max_answer};
  child.environment.emplace_back("LD_DEBUG=libs");
  const auto status = run_child_process(child, -1);
  if (!status)
    return status.forward_error();
  const int ended = shell_status(*status);
  if (ended == 128 + SIGKILL)
    return unexpected(ErrorKind::unsupported, program + ": the dynamic linker does not answer");
  if (ended != 0)
    return unexpected(ErrorKind::unsupported, program + ": the dynamic linker refuses it");
  return beginning_of(output, k_max_answer, program);
}

// Lines of the list: "\tlibelf.so.1 => /lib/…/libelf.so.1 (0x…)", "\t/lib64/ld-linux… (0x…)",
// "\tlinux-vdso.so.1 (0x…)", "\tlibx.so => not found".
Status read_list_line(const std::string& program, std::string_view line, LoadedLibraries& result) {
  if (line.find("=> not found") != std::string_view::npos)
    return unexpected(ErrorKind::unsupported, program + ":" + std::string(line));
  const auto arrow = line.find(" => ");
  const auto slash = line.find('/', arrow == std::string_view::npos ? 0 : arrow);
  const auto address = line.rfind(" (0x");
  if (slash != std::string_view::npos && address != std::string_view::npos && slash < address)
    result.paths.emplace_back(line.substr(slash, address - slash));
  return Ok{};
}

// LD_DEBUG=libs begins each line with the process ID: "  7:\t  trying file=/a/libx.so", "  7:\t
// search path=/a/glibc-hwcaps/x86-64-v3:/a:\t\t(LD_LIBRARY_PATH)", "  7:\t search
// cache=/etc/ld.so.cache" (glibc, elf/dl-load.c).
void read_debug_line(std::string_view line, const std::string& cwd, std::set<std::string>& looked) {
  const auto value_of = [line](std::string_view name) {
    const auto at = line.find(name);
    return at == std::string_view::npos ? std::string_view() : line.substr(at + name.size());
  };
  for (const auto name : {"trying file=", "search cache="})
    if (const auto value = value_of(name); !value.empty())
      looked.insert(absolute_path(cwd, std::string(value)));
  auto path = value_of("search path=");
  path = path.substr(0, path.find('\t'));
  for (const auto dir : split_list(path))
    looked.insert(absolute_path(cwd, std::string(dir)));
}

bool is_debug_line(std::string_view line) {
  const auto digit = line.find_first_not_of(' ');
  const auto colon = line.find(":\t");
  return digit != std::string_view::npos && colon != std::string_view::npos &&
         line.substr(digit, colon - digit).find_first_not_of("0123456789") ==
             std::string_view::npos;
}

} // namespace

std::string real_path(const std::string& program) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(program.c_str(), nullptr),
                                                         &std::free);
  return real ? std::string(real.get()) : program;
}

Expected<LoadedLibraries> loaded_libraries(const std::string& program, const LoaderSetting& setting,
                                           std::chrono::milliseconds patience) {
  auto interpreter = interpreter_of(program);
  if (!interpreter)
    return interpreter.forward_error();
  LoadedLibraries result;
  if (interpreter->empty())
    return result;
  // Given a symbolic link, the dynamic linker would take $ORIGIN from the link's directory.
  const auto text = answer_of(*interpreter, real_path(program), setting, patience);
  if (!text)
    return text.forward_error();
  std::set<std::string> looked;
  for (const auto line : split(*text, "\n")) {
    if (is_debug_line(line))
      read_debug_line(line, setting.cwd, looked);
    else if (auto read = read_list_line(program, line, result); !read)
      return read.forward_error();
  }
  result.looked_at.assign(looked.begin(), looked.end());
  return result;
}

} // namespace kbtf
