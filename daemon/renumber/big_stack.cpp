// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/renumber/big_stack.hpp"

#include <pthread.h>

namespace kbtf {
namespace {

void* call(void* work) {
  (*static_cast<const std::function<void()>*>(work))();
  return nullptr;
}

struct Attributes {
  pthread_attr_t attributes;
  Attributes() { ::pthread_attr_init(&attributes); }
  ~Attributes() { ::pthread_attr_destroy(&attributes); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  Attributes(Attributes&&) = delete;
  Attributes& operator=(Attributes&&) = delete;
};

} // namespace

Status run_on_big_stack(const std::function<void()>& work) {
  Attributes attributes;
  pthread_t thread;
  std::function<void()> copy = work;
  int error = ::pthread_attr_setstacksize(&attributes.attributes, k_big_stack);
  if (error == 0)
    error = ::pthread_create(&thread, &attributes.attributes, call, &copy);
  if (error != 0)
    return unexpected(errno_error("cannot start a thread", error));
  ::pthread_join(thread, nullptr);
  return Ok{};
}

} // namespace kbtf
