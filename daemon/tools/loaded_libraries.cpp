// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tools/loaded_libraries.hpp"

#include "proto/fd.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <memory>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kbtf {
namespace {

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
    const ssize_t n =
        ::pread(fd->get(), text.data(), header.p_filesz, static_cast<off_t>(header.p_offset));
    if (n <= 0)
      return unexpected(ErrorKind::malformed, program + ": PT_INTERP is not readable");
    return std::string(text.data());
  }
  return std::string();
}

// Runs argv with only LD_LIBRARY_PATH in its environment; returns its standard output.
Expected<std::string> output_of(const std::vector<std::string>& argv,
                                const std::string& library_path) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return unexpected(errno_error("pipe"));
  const Fd reader(ends[0]);
  Fd writer(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, writer.get(), 1);
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  std::vector<char*> args;
  for (const auto& arg : argv)
    args.push_back(const_cast<char*>(arg.c_str()));
  args.push_back(nullptr);
  std::string setting = "LD_LIBRARY_PATH=" + library_path;
  std::array<char*, 2> environment{library_path.empty() ? nullptr : setting.data(), nullptr};
  pid_t pid = -1;
  const int failed =
      ::posix_spawn(&pid, argv[0].c_str(), &actions, nullptr, args.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  writer.reset();
  if (failed != 0)
    return unexpected(errno_error(argv[0], failed));
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t n = ::read(reader.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      break;
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return unexpected(ErrorKind::unsupported, argv.back() + ": the dynamic linker refuses it");
  return text;
}

} // namespace

Expected<std::vector<std::string>> loaded_libraries(const std::string& program,
                                                    const std::string& library_path) {
  auto interpreter = interpreter_of(program);
  if (!interpreter)
    return interpreter.forward_error();
  std::vector<std::string> libraries;
  if (interpreter->empty())
    return libraries;
  auto text = output_of({*interpreter, "--list", program}, library_path);
  if (!text)
    return text.forward_error();
  // Lines: "\tlibelf.so.1 => /lib/…/libelf.so.1 (0x…)", "\t/lib64/ld-linux… (0x…)",
  // "\tlinux-vdso.so.1 (0x…)", "\tlibx.so => not found".
  for (std::size_t i = 0; i < text->size();) {
    const std::size_t end = std::min(text->find('\n', i), text->size());
    const std::string line = text->substr(i, end - i);
    i = end + 1;
    if (line.find("not found") != std::string::npos)
      return unexpected(ErrorKind::unsupported, program + ":" + line);
    const std::size_t slash = line.find('/');
    if (slash != std::string::npos)
      libraries.push_back(line.substr(slash, line.rfind(" (") - slash));
  }
  return libraries;
}

} // namespace kbtf
