// SPDX-License-Identifier: MIT

// A process that is killed while it sleeps stays in the kernel's queue until it next runs, and may take a wake with it. The next post makes
// that good for those who sleep on.

#include <volley/handoff/auto_reset_event.hpp>
#include <volley/handoff/counting_semaphore.hpp>

#include "child.hpp"
#include "mapped.hpp"
#include "scale.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;

/// One of `sleepers` processes that sleep is killed, and `posts` posts follow. True when all the others have ended within two seconds.
template <class Object, class Take, class Post>
bool others_end(std::size_t sleepers, std::size_t posts, const Take& take, const Post& post) {
  const memory_file file;
  const view<Object> here(file);
  here.make();
  std::vector<std::unique_ptr<child>> asleep;
  for (std::size_t i = 0; i != sleepers; ++i) {
    asleep.push_back(std::make_unique<child>([&] {
      const view<Object> own(file);
      take(*own);
      return 0;
    }));
    until([&] { return asleep[i]->is('S'); });
    std::this_thread::sleep_for(5ms);  // on the object, not on its way there: in the order of their numbers
  }
  asleep[0]->send(SIGKILL);
  for (std::size_t i = 0; i != posts; ++i) post(*here);
  for (int patience = 0; patience != 2'000; ++patience) {
    std::size_t ended = 0;
    for (std::size_t i = 1; i != sleepers; ++i) ended += asleep[i]->is('Z') ? 1U : 0U;
    if (ended + 1 == sleepers) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

TEST(KilledSleeper, OfAnEventTakesNoMoreThanOneSetWithIt) {
  const watchdog watch(60);
  using event = auto_reset_event<park, between_processes>;
  for (std::size_t i = 0; i != scaled(10); ++i) {
    ASSERT_TRUE((others_end<event>(
        2, 2, [](event& e) { e.wait(); }, [](event& e) { e.set(); })));
  }
}

TEST(KilledSleeper, OfASemaphoreLeavesNoPermitBesideOneWhoSleeps) {
  const watchdog watch(60);
  using semaphore = counting_semaphore<park, between_processes>;
  for (std::size_t i = 0; i != scaled(10); ++i) {
    ASSERT_TRUE((others_end<semaphore>(
        3, 2, [](semaphore& s) { s.acquire(); }, [](semaphore& s) { s.release(); })));
  }
}

}  // namespace
}  // namespace volley::testing
