// SPDX-License-Identifier: GPL-2.0-only
#include "client/run_step.hpp"

#include "client/child.hpp"
#include "client/connection.hpp"
#include "client/link_text.hpp"
#include "proto/endpoint.hpp"
#include "util/old_time.hpp"
#include "util/replacing.hpp"
#include "util/words.hpp"

#include <fcntl.h>
#include <iostream>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace kbtf {
namespace {

// With -i and .IGNORE make continues after a failed link, with the .ko of the last build. Kbuild
// writes .x.ko.cmd only after a link that succeeded (if_changed), and the BTF step writes the .ko
// after that.
bool is_just_linked(const std::string& ko) {
  const std::size_t name = ko.rfind('/') + 1;
  const std::string saved = ko.substr(0, name) + "." + ko.substr(name) + ".cmd";
  struct stat of_ko {};
  struct stat of_saved {};
  if (::stat(ko.c_str(), &of_ko) != 0)
    return true; // no .ko: the BTF step will report it
  if (::stat(saved.c_str(), &of_saved) != 0)
    return false;
  const auto& [ko_s, ko_ns] = of_ko.st_mtim;
  const auto& [saved_s, saved_ns] = of_saved.st_mtim;
  return saved_s > ko_s || (saved_s == ko_s && saved_ns >= ko_ns);
}

class Step {
public:
  explicit Step(const RunOptions& options)
      : m_options(options), m_is_linked(options.linked && is_just_linked(options.ko)) {}

  [[noreturn]] void run() {
    prepare();
    const ChildEnd end = run_shell(m_options.command);
    if (end.is_success())
      freshen();
    if (m_connection) {
      FinishRequest done{m_options.stage, m_options.ko, end.shell_status(), m_is_linked};
      if (auto told = m_connection->ask(done); !told)
        lose_daemon(told.error());
    }
    end_like(end);
  }

private:
  // After this the .ko holds its pristine bytes and has an old time stamp: if we are killed from
  // here on, it must not pass for finished. The step's writes give it a new one.
  void prepare() {
    connect();
    if (!m_options.linked && begin(Input::finished))
      return;
    if (m_options.linked) { // if the relink fails too, nobody vouches for the .ko
      static_cast<void>(set_old_time(m_options.ko)); // missing, or not ours: same as stock
      begin(Input::link_output);
    }
    if (m_is_linked)
      return;
    relink();
    static_cast<void>(set_old_time(m_options.ko));
    begin(Input::link_output);
  }

  // A step that does not write the module (pahole found nothing in it) leaves the old time.
  void freshen() {
    if (!has_old_time(m_options.ko))
      return;
    if (auto file = open_fd(m_options.ko, O_RDONLY | O_NOFOLLOW | O_NONBLOCK))
      static_cast<void>(set_present_time(*file, m_options.ko));
  }

  // A hung daemon costs one deadline per stage, not one per module: the first client that notices
  // leaves a mark and reports it.
  [[nodiscard]] std::string mark() const {
    return runtime_dir() + "/stage-" + m_options.stage + ".down";
  }

  void connect() {
    if (::access(mark().c_str(), F_OK) == 0)
      return;
    auto connection = Connection::open();
    if (connection)
      m_connection = *std::move(connection);
    else
      lose_daemon(connection.error());
  }

  void lose_daemon(const Error& error) {
    m_connection.reset();
    auto marked = open_fd(mark(), O_WRONLY | O_CREAT | O_EXCL, 0600);
    const bool is_first = marked || ::access(mark().c_str(), F_OK) != 0;
    if (is_first)
      std::cerr << "kbtf: " << error.text << "; falling back to the stock build\n";
  }

  // True if the daemon says that the .ko is pristine now.
  bool begin(Input input) {
    if (!m_connection)
      return false;
    BeginRequest request{m_options.stage, m_options.ko, input, {}};
    if (input == Input::link_output)
      request.link = link_text(m_options.relink, m_options.inputs);
    auto begun = m_connection->ask(request);
    if (!begun) {
      lose_daemon(begun.error());
      return false;
    }
    return begun->outcome == Begin::ready;
  }

  // Prints what Kbuild's log_print would have printed for cmd_ld_ko_o.
  void relink() {
    if (!m_connection) // a stopped daemon may wake up later: util/replacing.hpp
      ::unlink(temporary_for(m_options.ko).c_str());
    if (m_options.quiet == "quiet_")
      std::cout << "  LD [M]  " << m_options.ko << std::endl;
    else if (m_options.quiet.empty())
      std::cout << "  " << m_options.relink << std::endl;
    const ChildEnd end = run_shell(m_options.relink);
    m_is_linked = true;
    if (!end.is_success())
      end_like(end);
  }

  ChildEnd run_shell(const std::string& command) {
    auto words = split_words(m_options.shell + ' ' + m_options.shell_flags);
    words.push_back("set -e; " + command);
    auto end = run_child(words);
    if (end)
      return *end;
    std::cerr << "kbtf: " << end.error().text << '\n';
    return ChildEnd{127, 0};
  }

  const RunOptions& m_options;
  bool m_is_linked;
  std::optional<Connection> m_connection;
};

} // namespace

void run_step(const RunOptions& options) {
  Step(options).run();
}

} // namespace kbtf
