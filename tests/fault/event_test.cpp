// SPDX-License-Identifier: MIT

// parker, auto_reset_event and manual_reset_event: destroyed by their only waiter straight after the wait, and shared by two processes.

#include "child.hpp"
#include "events.hpp"
#include "scale.hpp"

#include <gtest/gtest.h>

#include <sys/mman.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <thread>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

template <class Kind>
class EventDestruction : public ::testing::Test {
 protected:
  using event = typename Kind::event;

  /// n events, each made by one thread, waited for and unmade by another as soon as the wait has returned. In one of four rounds the set
  /// comes when the waiter sleeps.
  template <class Make, class Unmake>
  void give_and_unmake(std::size_t n, const Make& make, const Unmake& unmake) {
    std::atomic<event*> given{nullptr};
    together(
        [&] {
          for (std::size_t i = 0; i != n; ++i) {
            event* const e = make();
            given = e;
            if (Kind::policy::parks && i % 4 == 0) until([&] { return sleepers_on(*e) != 0; });
            set(*e);
            until([&] { return given == nullptr; });
          }
        },
        [&] {
          for (std::size_t i = 0; i != n; ++i) {
            event* e = nullptr;
            until([&] { return (e = given) != nullptr; });
            wait(*e);
            unmake(e);
            given = nullptr;
          }
        });
  }

  watchdog watch_{60};
};
TYPED_TEST_SUITE(EventDestruction, each_parking_event, event_names);

// glibc BZ 12674, brpc #54, stdexec #2051, folly #2093: the poster still touched the object when its waiter had freed it.
TYPED_TEST(EventDestruction, TheWaiterMayFreeIt) {
  this->give_and_unmake(
      scaled(10'000), [] { return new typename TestFixture::event; }, [](auto* e) { delete e; });
}

// Memory that is not there at all any more: a touch would be a crash, in any build.
TYPED_TEST(EventDestruction, TheWaiterMayUnmapIt) {
  constexpr std::size_t page = 4096;
  this->give_and_unmake(
      scaled(4'000),
      [] {
        void* const memory = ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return ::new (memory) typename TestFixture::event;
      },
      [](auto* e) {
        std::destroy_at(e);
        ::munmap(e, page);
      });
}

// A new one lies where the old one was, and somebody sleeps on it, when the old one's wake arrives: it means nothing there.
TYPED_TEST(EventDestruction, ANewOneInTheSamePlaceIsNotTakenInByTheOldOnesWake) {
  using made = typename TypeParam::event;
  alignas(made) static unsigned char place[sizeof(made)];
  std::size_t fooled = 0;
  this->give_and_unmake(
      scaled(1'000), [] { return ::new (place) made; },
      [&](made* e) {
        std::destroy_at(e);
        made* const next = ::new (place) made;
        if (wait(*next, clock::now() + 20us) != status::timeout) ++fooled;
        std::destroy_at(next);
      });
  EXPECT_EQ(fooled, 0U);
}

/// What two processes have in common, each at an address of its own.
template <class Kind>
struct shared_pair {
  typename Kind::template with<native, between_processes> there;
  typename Kind::template with<native, between_processes> back;
  std::uint64_t counter = 0;  // plain: the events guard it
};

template <class Kind>
class EventBetweenProcesses : public ::testing::Test {
 protected:
  using pair = shared_pair<Kind>;

  EventBetweenProcesses() { here_.make(); }

  /// A child in which f runs on a view of its own.
  template <class F>
  child with_view(const F& f) {
    return child([&] {
      const view<pair> own(file_);
      return own.address() == here_.address() ? 99 : f(*own);
    });
  }

  watchdog watch_{60};
  memory_file file_;
  view<pair> here_{file_};
};
TYPED_TEST_SUITE(EventBetweenProcesses, each_event, event_names);

// S88 and S89, atomic-wait #7: in shared memory at another address a private futex is nobody's.
TYPED_TEST(EventBetweenProcesses, APairOfThemHandsPlainDataToAndFro) {
  const std::size_t n = scaled(hops<typename TypeParam::policy>(4'000));
  auto peer = this->with_view([&](auto& shared) {
    for (std::size_t i = 0; i != n; ++i) {
      wait(shared.there);
      reset(shared.there);
      if (shared.counter++ != 2 * i + 1) return 1;
      set(shared.back);
    }
    return 0;
  });
  std::size_t wrong = 0;
  for (std::size_t i = 0; i != n; ++i) {
    if (this->here_->counter++ != 2 * i) ++wrong;
    set(this->here_->there);
    wait(this->here_->back);
    reset(this->here_->back);
  }
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(peer.wait(), 0);
}

// OSRM #3911, glibc BZ 20973: killed while it slept, and what is left of it in the word.
TYPED_TEST(EventBetweenProcesses, WhoIsKilledAsleepTakesNothingWithIt) {
  auto& e = this->here_->there;
  {
    auto peer = this->with_view([](auto& shared) {
      wait(shared.there);
      return 1;
    });
    if (TypeParam::policy::parks) {
      until([&] { return sleepers_on(e) != 0 && peer.is('S'); });
    } else {
      std::this_thread::sleep_for(2ms);
    }
    peer.send(SIGKILL);
    EXPECT_EQ(peer.wait(), -SIGKILL);
  }
  EXPECT_EQ(wait(e, clock::now() + 1ms), status::timeout);
  for (int i = 0; i != 2; ++i) {
    auto peer = this->with_view([](auto& shared) {  // takes over where the dead one was
      wait(shared.there);
      return 7;
    });
    if (TypeParam::policy::parks) until([&] { return peer.is('S'); });
    set(e);
    EXPECT_EQ(peer.wait(), 7);
    reset(e);
  }
  EXPECT_FALSE(try_wait(e));
}

}  // namespace
}  // namespace volley::testing
