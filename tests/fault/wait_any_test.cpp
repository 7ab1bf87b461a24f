// SPDX-License-Identifier: MIT

// wait_any where a sandbox refuses futex_waitv, from the beginning or from some time on; and where signals come.

#include "child.hpp"
#include "scale.hpp"
#include "several.hpp"

#include <gtest/gtest.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <iterator>
#include <thread>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr unsigned futex_waitv_number = 449;  // everywhere

/// From here on the calling thread, and what it starts, gets this answer to futex_waitv; 0: it is killed by it.
bool answer_futex_waitv(int error) {
  const unsigned answer = error == 0 ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | static_cast<unsigned>(error);
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, futex_waitv_number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, answer),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// n sets, to one event or the other, each when the one who waits for them is asleep. How many came as the wrong one.
template <class Wait>
std::size_t hand_over(std::size_t n) {
  auto_reset_event<Wait> e[2];
  std::size_t wrong = 0;
  counting_semaphore<Wait> back;
  together(
      [&] {
        for (std::size_t i = 0; i != n; ++i) {
          if (i % 4 != 0) until([&] { return asleep_on(e[1]) == 1; });
          if (i % 16 == 1) std::this_thread::sleep_for(50us);
          e[i % 2].set();
          back.acquire();
        }
      },
      [&] {
        for (std::size_t i = 0; i != n; ++i) {
          if (wait_any(e[0], e[1]) != i % 2) ++wrong;
          back.release();
        }
      });
  return wrong;
}

using volley::park;  // not one of the system's

TEST(WaitAnyInASandbox, IsWokenByThePostWhereTheKernelRefuses) {
  watchdog watch(60);
  for (const int error : {ENOSYS, EPERM}) {
    child refused([&] {
      if (!answer_futex_waitv(error)) return 77;
      auto_reset_event<park> never;
      // It sleeps to its deadline.
      if (wait_any(clock::now() + 10ms, never).why() != status::timeout) return 1;
      return hand_over<park>(scaled(500)) + hand_over<spin_park>(scaled(500)) == 0 ? 0 : 2;
    });
    const int how = refused.wait();
    if (how == 77) GTEST_SKIP() << "no filters here";
    EXPECT_EQ(how, 0) << error;
  }
}

TEST(WaitAnyInASandbox, ThatIsEnteredLaterGoesOn) {
  watchdog watch(60);
  child later([] {
    if (hand_over<park>(scaled(300)) != 0) return 1;
    if (!answer_futex_waitv(ENOSYS)) return 77;
    return hand_over<park>(scaled(300)) == 0 ? 0 : 2;
  });
  const int how = later.wait();
  if (how == 77) GTEST_SKIP() << "no filters here";
  EXPECT_EQ(how, 0);
}

// That the call is made where it is allowed, and that the tests above are not about nothing.
TEST(WaitAnyInASandbox, TheCallIsMadeOnceItMustSleep) {
  watchdog watch(60);
  const auto sleeps = [](bool any) {
    return child([any] {
             if (!answer_futex_waitv(0)) return 77;
             auto_reset_event<park> a(!any);
             counting_semaphore<park> b;
             return wait_any(clock::now() + 1ms, a, b).why() == (any ? status::timeout : status::ok) ? 0 : 1;
           })
        .wait();
  };
  const int asleep = sleeps(true);
  if (asleep == 77) GTEST_SKIP() << "no filters here";
  EXPECT_EQ(asleep, -SIGSYS);
  EXPECT_EQ(sleeps(false), 0) << "what is there needs no call";
}

// EINTR is invisible.
TEST(WaitAnyAndSignals, ASignalEndsNoWait) {
  watchdog watch(60);
  struct sigaction quiet {};
  quiet.sa_handler = [](int) {};  // without SA_RESTART
  ASSERT_EQ(::sigaction(SIGUSR1, &quiet, nullptr), 0);
  auto_reset_event<park> a;
  counting_semaphore<park> b;
  std::atomic<bool> over{false};
  std::thread waiter([&] {
    for (std::size_t i = 0; i != scaled(20); ++i) {
      const auto deadline = clock::now() + 2ms;
      EXPECT_EQ(wait_any(deadline, a, b).why(), status::timeout);
      EXPECT_GE(clock::now(), deadline);
    }
    EXPECT_EQ(wait_any(a, b), 1U);
    over = true;
  });
  for (int i = 0; !over; ++i) {
    if (i == 1'000) b.release();
    ::pthread_kill(waiter.native_handle(), SIGUSR1);
    std::this_thread::sleep_for(50us);
  }
  waiter.join();
}

}  // namespace
}  // namespace volley::testing
