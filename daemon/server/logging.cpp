// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/logging.hpp"

#include <cstdlib>
#include <memory>

#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/systemd_sink.h>
#include <spdlog/spdlog.h>

namespace kbtf {
namespace {

spdlog::sink_ptr file_sink(const std::string& path) {
  constexpr std::size_t k_max_size = 1 << 20;
  constexpr std::size_t k_old_files = 1;
  try {
    return std::make_shared<spdlog::sinks::rotating_file_sink_mt>(path, k_max_size, k_old_files);
  } catch (const spdlog::spdlog_ex&) {
    return std::make_shared<spdlog::sinks::null_sink_mt>(); // read-only or full: silent
  }
}

} // namespace

void set_up_logging(bool foreground, const std::string& state_dir) {
  const char* setting = std::getenv("KBTF_LOG");
  const std::string wish = setting ? setting : "";
  const bool is_file = wish.starts_with('/');
  spdlog::sink_ptr sink;
  if (is_file)
    sink = file_sink(wish);
  else if (std::getenv("JOURNAL_STREAM"))
    sink = std::make_shared<spdlog::sinks::systemd_sink_mt>("kbtfd");
  else if (foreground)
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  else
    sink = file_sink(state_dir + "/kbtfd.log");
  auto logger = std::make_shared<spdlog::logger>("kbtfd", std::move(sink));
  // A full disk must not be answered by a message on the disk, per message.
  logger->set_error_handler([](const std::string&) {});
  logger->set_level(is_file        ? spdlog::level::debug
                    : wish.empty() ? spdlog::level::info
                                   : spdlog::level::from_str(wish));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

} // namespace kbtf
