// SPDX-License-Identifier: GPL-2.0-only
// Test helper: ELF programs that look like the tools of a BTF step, and some that do not. They are
// /bin/true with other bytes behind it, so that they load libc and can be run.
#pragma once

#include "tests/unit/temp_dir.hpp"

#include <cstdint>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/stat.h>

namespace kbtf::test {

inline std::string fake_pahole() {
  return slurp("/bin/true") + "btf_base expand_pointers show_private_classes nr_methods";
}

inline std::string fake_resolve_btfids() {
  return slurp("/bin/true") + ".BTF_ids resolve_btfids [<options>]";
}

inline std::string fake_objcopy() {
  return slurp("/bin/true") +
         "add-section set-section-flags only-section redefine-sym localize-hidden";
}

inline std::string fake_linker() {
  return slurp("/bin/true") + "build-id as-needed whole-archive emit-relocs no-undefined";
}

inline void install(const std::string& path, const std::string& content) {
  std::filesystem::remove(path);
  spill(path, content);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

// The modification time of a symbolic link itself.
inline void set_link_time(const std::string& path, std::int64_t time_ns) {
  const timespec times[2] = {{0, UTIME_OMIT}, {time_ns / 1'000'000'000, time_ns % 1'000'000'000}};
  if (::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0)
    throw std::runtime_error("cannot date " + path);
}

// Compiles a C program. Its directory has to be there.
inline void compile(const std::string& path, const std::string& source,
                    const std::string& flags = "") {
  spill(path + ".c", source);
  if (std::system(("cc " + flags + " -o '" + path + "' '" + path + ".c'").c_str()) != 0)
    throw std::runtime_error("cc failed: " + path);
  std::filesystem::remove(path + ".c");
}

// DIR/program, which is /bin/true with a shell script, DIR/l, in its dynamic linker's place.
inline void install_loader(const TempDir& dir, const std::string& script) {
  const std::string usual = "/lib64/ld-linux-x86-64.so.2";
  const std::string own = dir / "l";
  install(own, "#!/bin/sh\n" + script + "\n");
  std::string program = slurp("/bin/true");
  const auto at = program.find(usual + '\0');
  if (at == std::string::npos || own.size() > usual.size())
    throw std::runtime_error("no room for " + own + " in /bin/true");
  program.replace(at, usual.size(), own + std::string(usual.size() - own.size(), '\0'));
  install(dir / "program", program);
}

} // namespace kbtf::test
