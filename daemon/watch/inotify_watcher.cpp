// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/watch/inotify_watcher.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <sys/inotify.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <spdlog/spdlog.h>

namespace kbtf {
namespace {

class InotifyWatcher final : public Watcher {
public:
  InotifyWatcher(boost::asio::io_context& loop, int fd, OnChange on_change)
      : m_events(loop, fd), m_on_change(std::move(on_change)) {
    read_next();
  }

  void watch(const std::string& directory) override {
    constexpr std::uint32_t k_mask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR;
    const int id = ::inotify_add_watch(m_events.native_handle(), directory.c_str(), k_mask);
    if (id >= 0)
      m_directories[id] = directory;
    else
      degrade(directory + ": " + std::strerror(errno));
  }

  std::string describe() const override {
    const std::string count = "inotify, " + std::to_string(m_directories.size()) + " directories";
    return m_degraded.empty() ? count : count + "; not complete: " + m_degraded;
  }

private:
  void degrade(const std::string& why) {
    if (m_degraded.empty())
      spdlog::warn("no events for some files ({}); file stamps decide, as always", why);
    m_degraded = why;
  }

  void read_next() {
    m_events.async_read_some(boost::asio::buffer(m_buffer),
                             [this](boost::system::error_code error, std::size_t size) {
                               if (error)
                                 return; // closed with the daemon
                               dispatch(size);
                               read_next();
                             });
  }

  void dispatch(std::size_t size) {
    for (std::size_t at = 0; at + sizeof(inotify_event) <= size;) {
      inotify_event event;
      std::memcpy(&event, m_buffer.data() + at, sizeof event);
      const char* name = m_buffer.data() + at + sizeof event;
      at += sizeof event + event.len;
      if (event.mask & IN_Q_OVERFLOW)
        degrade("event queue overflow");
      else if (event.mask & IN_IGNORED)
        m_directories.erase(event.wd); // the directory is gone
      else if (const auto it = m_directories.find(event.wd);
               it != m_directories.end() && event.len > 0)
        m_on_change(it->second + "/" + name); // NUL-terminated by the kernel
    }
  }

  boost::asio::posix::stream_descriptor m_events;
  OnChange m_on_change;
  std::map<int, std::string> m_directories;
  std::string m_degraded;
  alignas(inotify_event) std::array<char, 65536> m_buffer;
};

class NoWatcher final : public Watcher {
public:
  explicit NoWatcher(std::string why) : m_why(std::move(why)) {}
  void watch(const std::string&) override {}
  std::string describe() const override { return "no events: " + m_why; }

private:
  std::string m_why;
};

} // namespace

std::unique_ptr<Watcher> make_inotify_watcher(boost::asio::io_context& loop,
                                              Watcher::OnChange on_change) {
  const int fd = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (fd >= 0)
    return std::make_unique<InotifyWatcher>(loop, fd, std::move(on_change));
  const std::string why = std::string("inotify: ") + std::strerror(errno);
  spdlog::warn("{}; file stamps decide, as always", why);
  return std::make_unique<NoWatcher>(why);
}

} // namespace kbtf
