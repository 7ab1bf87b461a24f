// SPDX-License-Identifier: MIT

// counting_semaphore destroyed by its only waiter as soon as that has its permit (glibc BZ 12674: sem_post touched it once more); and
// counting_semaphore and spin_barrier between processes.

#include "child.hpp"
#include "policies.hpp"
#include "scale.hpp"

#include <volley/handoff/counting_semaphore.hpp>
#include <volley/handoff/spin_barrier.hpp>

#include <gtest/gtest.h>

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <type_traits>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

template <class Semaphore>
std::uint64_t sleepers_on(const Semaphore& s) {
  return __atomic_load_n(reinterpret_cast<const std::uint64_t*>(&s), __ATOMIC_RELAXED) >> 22 & 0x3fff;
}

using semaphores = ::testing::Types<counting_semaphore<spin_yield>, counting_semaphore<spin_park>,
                                    counting_semaphore<park>, counting_semaphore<park, between_processes>>;
struct semaphore_names {
  template <class Semaphore>
  static std::string GetName(int i) {
    return std::array{"spin_yield", "spin_park", "park", "park_between_processes"}[static_cast<unsigned>(i)];
  }
};
template <class Semaphore>
constexpr bool parks = !std::is_same_v<Semaphore, counting_semaphore<spin_yield>>;

template <class Semaphore>
class SemaphoreDestruction : public ::testing::Test {
 protected:
  /// n semaphores, each made and released by one thread, acquired and unmade by another as soon as it has its permit. In one of four
  /// rounds the release comes when the waiter sleeps.
  template <class Make, class Unmake>
  void give_and_unmake(std::size_t n, const Make& make, const Unmake& unmake) {
    std::atomic<Semaphore*> given{nullptr};
    together(
        [&] {
          for (std::size_t i = 0; i != n; ++i) {
            Semaphore* const s = make();
            given = s;
            if (parks<Semaphore> && i % 4 == 0) until([&] { return sleepers_on(*s) == 1; });
            s->release();
            until([&] { return given == nullptr; });
          }
        },
        [&] {
          for (std::size_t i = 0; i != n; ++i) {
            Semaphore* s = nullptr;
            until([&] { return (s = given) != nullptr; });
            if (i % 4 == 1) {
              until([&] { return s->try_acquire() || s->acquire(clock::now() + 5us) == status::ok; });
            } else {
              s->acquire();
            }
            unmake(s);
            given = nullptr;
          }
        });
  }

  watchdog watch_{60};
};
TYPED_TEST_SUITE(SemaphoreDestruction, semaphores, semaphore_names);

TYPED_TEST(SemaphoreDestruction, TheWaiterMayFreeTheSemaphore) {
  this->give_and_unmake(
      scaled(40'000), [] { return new TypeParam; }, [](TypeParam* s) { delete s; });
}

// Memory that is not there at all any more: a touch would be a crash, in any build.
TYPED_TEST(SemaphoreDestruction, TheWaiterMayUnmapTheSemaphore) {
  constexpr std::size_t page = 4096;
  this->give_and_unmake(
      scaled(10'000),
      [] {
        void* const memory = ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return ::new (memory) TypeParam;
      },
      [](TypeParam* s) {
        s->~TypeParam();
        ::munmap(s, page);
      });
}

// A new one lies where the old one was, and somebody sleeps on it, when the old one's wake arrives: it means nothing there.
TYPED_TEST(SemaphoreDestruction, ANewOneInTheSamePlaceIsNotTakenInByTheOldOnesWake) {
  alignas(TypeParam) static unsigned char place[sizeof(TypeParam)];
  std::size_t fooled = 0;
  this->give_and_unmake(
      scaled(3'000), [] { return ::new (place) TypeParam; },
      [&](TypeParam* s) {
        s->~TypeParam();
        TypeParam* const next = ::new (place) TypeParam;
        if (next->acquire(clock::now() + 20us) != status::timeout) ++fooled;
        next->~TypeParam();
      });
  EXPECT_EQ(fooled, 0U);
}

template <class Wait>
struct shared {
  counting_semaphore<Wait, between_processes> there;
  counting_semaphore<Wait, between_processes> back;
  spin_barrier<Wait, between_processes> barrier{2};
  std::uint64_t ball = 0;  // plain
  std::uint64_t at[2][2] = {};
};

template <class Wait>
class SemaphoreBetweenProcesses : public ::testing::Test {
 protected:
  SemaphoreBetweenProcesses() { here_.make(); }

  /// A child in which f runs on a view of its own, at another address.
  template <class F>
  child with_view(const F& f) {
    return child([&] {
      const view<shared<Wait>> own(file_);
      return own.address() == here_.address() ? 99 : f(*own);
    });
  }

  watchdog watch_{60};
  memory_file file_;
  view<shared<Wait>> here_{file_};
};
TYPED_TEST_SUITE(SemaphoreBetweenProcesses, policies, policy_names);

// S88 and S89, atomic-wait #7: in shared memory at another address a private futex is nobody's.
TYPED_TEST(SemaphoreBetweenProcesses, PermitsGoThereAndBackWithPlainData) {
  const std::size_t n = scaled(hops<TypeParam>(10'000));
  auto peer = this->with_view([n](auto& s) {
    for (std::uint64_t i = 0; i != n; ++i) {
      s.there.acquire();
      if (s.ball++ != 2 * i + 1) return 1;
      s.back.release();
    }
    return 0;
  });
  std::size_t wrong = 0;
  for (std::uint64_t i = 0; i != n; ++i) {
    wrong += this->here_->ball++ != 2 * i ? 1U : 0U;
    this->here_->there.release();
    this->here_->back.acquire();
  }
  EXPECT_EQ(peer.wait(), 0);
  EXPECT_EQ(wrong, 0U);
}

TYPED_TEST(SemaphoreBetweenProcesses, ABarrierKeepsThemInStep) {
  const std::size_t n = scaled(hops<TypeParam>(10'000));
  const auto play = [n](auto& s, unsigned me) {
    int wrong = 0;
    for (std::uint64_t round = 1; round <= n; ++round) {
      s.at[round % 2][me] = round;
      s.barrier.arrive_and_wait();
      if (s.at[round % 2][1 - me] != round) wrong = 1;
    }
    return wrong;
  };
  auto peer = this->with_view([&](auto& s) { return play(s, 1); });
  EXPECT_EQ(play(*this->here_, 0), 0);
  EXPECT_EQ(peer.wait(), 0);
}

// OSRM #3911, glibc BZ 20973: killed while it slept. Its place among the sleepers stays, and costs a wake; permits are not lost.
TYPED_TEST(SemaphoreBetweenProcesses, TheDeathOfASleeperTakesNoPermit) {
  auto& s = *this->here_;
  {
    auto peer = this->with_view([](auto& shared) {
      shared.there.acquire();
      return 1;
    });
    if (TypeParam::parks) {
      until([&] { return sleepers_on(s.there) == 1 && peer.is('S'); });
    } else {
      std::this_thread::sleep_for(5ms);
    }
    peer.send(SIGKILL);
    EXPECT_EQ(peer.wait(), -SIGKILL);
  }
  for (int i = 0; i != 3; ++i) {
    s.there.release();
    EXPECT_EQ(s.there.acquire(clock::now() + 1h), status::ok);
    EXPECT_EQ(s.there.acquire(clock::now() + 1ms), status::timeout);
  }
  auto peer = this->with_view([](auto& shared) {
    shared.there.acquire();
    return 7;
  });
  if (TypeParam::parks) until([&] { return sleepers_on(s.there) == 2; });
  s.there.release();
  EXPECT_EQ(peer.wait(), 7);
}

}  // namespace
}  // namespace volley::testing
