// SPDX-License-Identifier: MIT

// call_slot and call_ring: a caller whose call has returned may destroy the slot at once (glibc BZ 12674, brpc #54, stdexec #2051, folly
// #2093), and one that has collected all, the ring; and both between processes, at two addresses, where one side may be killed.

#include <volley/handoff/call_ring.hpp>
#include <volley/handoff/call_slot.hpp>

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include "child.hpp"
#include "mapped.hpp"
#include "policies.hpp"
#include "scale.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <new>
#include <thread>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto plus_one = [](std::uint64_t&& n) { return n + 1; };

template <class Wait, class Scope = in_process>
using slot_of = call_slot<std::uint64_t, std::uint64_t, Wait, Scope>;
template <class Wait, class Scope = in_process>
using ring_of = call_ring<std::uint64_t, std::uint64_t, 3, Wait, Scope>;

/// Each object is made by the server, used and unmade by the caller, in memory that is then not there at all any more.
template <class Object, class Call>
void call_and_unmap(std::size_t n, bool waits_for_sleep, const Call& call) {
  constexpr std::size_t page = 4096;
  static_assert(sizeof(Object) <= page);
  std::atomic<Object*> given{nullptr};
  together(
      [&] {
        for (std::size_t i = 0; i != n; ++i) {
          void* const memory = ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
          Object* const object = ::new (memory) Object;
          given = object;
          object->serve([&](std::uint64_t&& number) {
            if (waits_for_sleep && i % 4 == 0) until([&] { return is_parked(*object); });
            return number + 1;
          });
          until([&] { return given == nullptr; });
        }
      },
      [&] {
        for (std::size_t i = 0; i != n; ++i) {
          Object* object = nullptr;
          until([&] { return (object = given) != nullptr; });
          call(*object, i);
          object->~Object();
          ::munmap(object, page);
          given = nullptr;
        }
      });
}

template <class Wait>
class CallDestruction : public ::testing::Test {
 protected:
  watchdog watch_{60};
};
using fast_policies = ::testing::Types<spin_yield, spin_park, park>;
TYPED_TEST_SUITE(CallDestruction, fast_policies, policy_names);

TYPED_TEST(CallDestruction, TheCallerMayUnmapTheSlot) {
  call_and_unmap<slot_of<TypeParam>>(scaled(20'000), TypeParam::parks,
                                     [](auto& slot, std::uint64_t i) { EXPECT_EQ(*slot.call(i), i + 1); });
  call_and_unmap<slot_of<TypeParam, between_processes>>(
      scaled(10'000), TypeParam::parks,
      [](auto& slot, std::uint64_t i) { EXPECT_EQ(*slot.call(i, clock::now() + 1h), i + 1); });
}

TYPED_TEST(CallDestruction, TheCallerMayUnmapTheRing) {
  call_and_unmap<ring_of<TypeParam>>(scaled(20'000), false, [](auto& ring, std::uint64_t i) {
    EXPECT_EQ(ring.post(i), status::ok);
    EXPECT_EQ(*ring.collect(), i + 1);
  });
}

template <class Wait>
class CallBetweenProcesses : public ::testing::Test {
 protected:
  struct table {
    slot_of<Wait, between_processes> slot;
    ring_of<Wait, between_processes> ring;
  };

  CallBetweenProcesses() { here_.make(); }

  /// A child in which f runs on a view of its own.
  template <class F>
  child with_view(const F& f) {
    return child([&] {
      const view<table> own(file_);
      return own.address() == here_.address() ? 99 : f(*own);
    });
  }

  watchdog watch_{60};
  memory_file file_;
  view<table> here_{file_};
};
TYPED_TEST_SUITE(CallBetweenProcesses, policies, policy_names);

// S88 and S89, atomic-wait #7: in shared memory at another address a private futex is nobody's.
TYPED_TEST(CallBetweenProcesses, EachCallGetsItsAnswer) {
  const std::size_t n = scaled(hops<TypeParam>(10'000));
  auto peer = this->with_view([&](auto& shared) {
    for (std::size_t i = 0; i != n; ++i) shared.slot.serve(plus_one);
    for (std::size_t i = 0; i != n; ++i) shared.ring.serve(plus_one);
    return 0;
  });
  std::size_t wrong = 0;
  for (std::size_t i = 0; i != n; ++i) {
    const auto answer = i % 2 == 0 ? this->here_->slot.call(i) : this->here_->slot.call(i, clock::now() + 1h);
    if (!answer || *answer != i + 1) ++wrong;
  }
  std::uint64_t posted = 0;
  for (std::size_t i = 0; i != n; ++i) {
    while (posted != n && this->here_->ring.post(posted) == status::ok) ++posted;
    const auto answer = this->here_->ring.collect();
    if (!answer || *answer != i + 1) ++wrong;
  }
  EXPECT_EQ(peer.wait(), 0);
  EXPECT_EQ(wrong, 0U);
}

// OSRM #3911, glibc BZ 20973, iceoryx #1546: killed while it waited, and while it served; the other side's deadlines hold.
TYPED_TEST(CallBetweenProcesses, TheDeathOfTheServerIsATimeoutToTheCaller) {
  auto& slot = this->here_->slot;
  {
    auto peer = this->with_view([](auto& shared) {
      shared.slot.serve(plus_one);
      return 1;
    });
    if (TypeParam::parks) {
      until([&] { return is_parked(slot) && peer.is('S'); });
    } else {
      std::this_thread::sleep_for(5ms);
    }
    peer.send(SIGKILL);
    EXPECT_EQ(peer.wait(), -SIGKILL);
  }
  EXPECT_EQ(slot.call(1, clock::now() + 10ms).why(), status::timeout);
  auto successor = this->with_view([](auto& shared) {
    shared.slot.serve(plus_one);
    shared.slot.serve([](std::uint64_t&&) -> std::uint64_t { ::_exit(7); });
    return 1;
  });
  EXPECT_EQ(*slot.call(1), 2U) << "whoever serves next takes over";
  do {
    EXPECT_EQ(slot.call(2, clock::now() + 20ms).why(), status::timeout) << "it dies in the middle of it";
  } while (state_of(slot) == 0 || is_parked(slot));
  EXPECT_EQ(successor.wait(), 7);
  EXPECT_EQ(slot.call(3, clock::now() + 10ms).why(), status::timeout) << "busy for ever, and no deadline is missed";
}

}  // namespace
}  // namespace volley::testing
