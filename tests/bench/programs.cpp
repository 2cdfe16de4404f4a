// SPDX-License-Identifier: GPL-2.0-only
#include "tests/bench/programs.hpp"

#include <fstream>
#include <iterator>
#include <span>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace kbtf::bench {

Bytes read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

void write_bytes(const std::filesystem::path& path, const Bytes& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  if (!file.flush())
    throw std::runtime_error("cannot write " + path.string());
}

Bytes run_pahole(const std::filesystem::path& module, const std::filesystem::path& base,
                 const std::filesystem::path& out, const std::vector<std::string>& flags) {
  std::vector<std::string> words{"pahole", "-J", "--btf_encode_detached=" + out.string()};
  words.insert(words.end(), flags.begin(), flags.end());
  if (!base.empty())
    words.insert(words.end(), {"--btf_base", base.string()});
  words.push_back(module.string());
  std::filesystem::remove(out);
  if (!run_program(words))
    return {};
  Bytes bytes = read_bytes(out);
  std::filesystem::remove(out);
  return bytes;
}

GenBtf run_gen_btf(const std::filesystem::path& module, const std::filesystem::path& base,
                   const std::filesystem::path& directory, const std::vector<std::string>& flags,
                   const std::filesystem::path& resolve_btfids) {
  // resolve_btfids writes beside the name that it is given.
  const auto link = directory / "m.ko";
  const auto first = directory / "m.ko.BTF.1";
  for (const char* name : {"m.ko", "m.ko.BTF", "m.ko.BTF_ids"})
    std::filesystem::remove(directory / name);
  std::filesystem::create_directories(directory);
  std::filesystem::create_symlink(std::filesystem::absolute(module), link);
  write_bytes(first, run_pahole(link, base, directory / "out", flags));
  if (!run_program({resolve_btfids.string(), "--btf_base", base.string(), "--btf", first.string(),
                    link.string()}))
    return {};
  return {read_bytes(directory / "m.ko.BTF"), read_bytes(directory / "m.ko.BTF_ids")};
}

bool run_program(std::vector<std::string> words) {
  std::vector<char*> argv;
  for (auto& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  int status = 0;
  return ::posix_spawnp(&pid, argv[0], nullptr, nullptr, argv.data(), environ) == 0 &&
         ::waitpid(pid, &status, 0) == pid && status == 0;
}

} // namespace kbtf::bench
