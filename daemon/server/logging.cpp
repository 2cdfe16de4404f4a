// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/logging.hpp"

#include "util/environment.hpp"

#include <memory>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/systemd_sink.h>
#include <spdlog/spdlog.h>

namespace kbtf {
namespace {

struct Sink {
  spdlog::sink_ptr sink;
  std::string where;
};

Sink file_sink(const std::string& path) {
  constexpr std::size_t k_max_size = 1 << 20;
  constexpr std::size_t k_old_files = 1;
  try {
    return {std::make_shared<spdlog::sinks::rotating_file_sink_mt>(path, k_max_size, k_old_files),
            path};
  } catch (const spdlog::spdlog_ex&) {
    return {std::make_shared<spdlog::sinks::null_sink_mt>(), {}}; // read-only or full: silent
  }
}

// systemd sets JOURNAL_STREAM to device and inode of the stream that goes to the journal. Programs
// below a service inherit the variable with other streams (systemd.exec(5)).
bool is_journal(int stream) {
  struct stat st {};
  return ::fstat(stream, &st) == 0 &&
         env("JOURNAL_STREAM") == std::to_string(st.st_dev) + ":" + std::to_string(st.st_ino);
}

// A level by name. spdlog takes an unknown word for "off", which would hide what the user asks for.
spdlog::level::level_enum level_named(const std::string& name) {
  const auto level = spdlog::level::from_str(name);
  return level == spdlog::level::off && name != "off" ? spdlog::level::info : level;
}

} // namespace

std::string set_up_logging(bool foreground, const std::string& state_dir) {
  const std::string wish = env("KBTF_LOG");
  const bool is_file = wish.starts_with('/');
  Sink sink;
  if (is_file)
    sink = file_sink(wish);
  else if (is_journal(STDERR_FILENO))
    sink = {std::make_shared<spdlog::sinks::systemd_sink_mt>("kbtfd"), "journal"};
  else if (foreground)
    sink = {std::make_shared<spdlog::sinks::stderr_sink_mt>(), "standard error"};
  else if (state_dir.empty())
    sink = {std::make_shared<spdlog::sinks::null_sink_mt>(), {}};
  else
    sink = file_sink(state_dir + "/kbtfd.log");
  auto logger = std::make_shared<spdlog::logger>("kbtfd", std::move(sink.sink));
  // On a full disk, do not log an error about each message that fails.
  logger->set_error_handler([](const std::string&) {});
  logger->set_level(is_file ? spdlog::level::debug : level_named(wish));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
  return sink.where;
}

} // namespace kbtf
