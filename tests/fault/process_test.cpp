// SPDX-License-Identifier: MIT

// turn and the fixed spsc_ring between processes, at two addresses, and what becomes of one side when the other is stopped or killed.

#include "child.hpp"
#include "policies.hpp"
#include "scale.hpp"

#include <gtest/gtest.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <string>
#include <thread>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Between two processes: the memory, and this one's view of it.
template <class Wait, class Scope = between_processes>
class BetweenProcesses : public ::testing::Test {
 protected:
  using table_type = table<Wait, Scope>;

  BetweenProcesses() { here_.make(); }

  /// A child in which f runs on a view of its own.
  template <class F>
  child with_view(const F& f) {
    return child([&] {
      const view<table_type> own(file_);
      return own.address() == here_.address() ? 99 : f(*own);
    });
  }

  watchdog watch_{60};
  memory_file file_;
  view<table_type> here_{file_};
};

template <class Wait>
using TurnBetweenProcesses = BetweenProcesses<Wait>;
TYPED_TEST_SUITE(TurnBetweenProcesses, policies, policy_names);

// S88 and S89, atomic-wait #7: in shared memory at another address a private futex is nobody's.
TYPED_TEST(TurnBetweenProcesses, TheTurnAlternatesAndGuardsPlainData) {
  const std::size_t n = scaled(hops<TypeParam>(10'000));
  auto peer = this->with_view([&](auto& shared) { return play(shared, 1, n) == 0 ? 0 : 1; });
  EXPECT_EQ(play(*this->here_, 0, n), 0U);
  EXPECT_EQ(peer.wait(), 0);
  EXPECT_EQ(this->here_->counter, 2 * n);
}

TYPED_TEST(TurnBetweenProcesses, ADeadlinePassesAndTheTurnComesLater) {
  auto peer = this->with_view([](auto& shared) {
    const auto side = shared.turn.side(1);
    if (side.await(clock::now() + 1ms) != status::timeout) return 1;
    shared.there.try_push(1);
    side.await();
    side.pass();
    return 0;
  });
  until([&] { return !this->here_->there.empty_approx(); });
  this->here_->turn.side(0).pass();
  this->here_->turn.side(0).await();
  EXPECT_EQ(peer.wait(), 0);
}

// Stopped wherever it is: spinning, parked, or about to wake; the other side waits for it and nothing is lost.
TYPED_TEST(TurnBetweenProcesses, ASideThatIsStoppedForAWhileMissesNothing) {
  auto peer = this->with_view([](auto& shared) {
    for (std::size_t i = 0;; ++i) {
      shared.turn.side(1).await();
      if (shared.counter++ != 2 * i + 1) return 1;
      const bool last = shared.last;
      shared.turn.side(1).pass();
      if (last) return 0;
    }
  });
  std::atomic<bool> enough{false};
  std::thread stopper([&] {
    for (std::size_t stops = 0; stops != scaled(50); ++stops) {
      peer.send(SIGSTOP);
      std::this_thread::sleep_for(500us);
      peer.send(SIGCONT);
      std::this_thread::sleep_for(500us);
    }
    enough = true;
  });
  std::size_t trips = 0;
  for (; !this->here_->last; ++trips) {
    this->here_->turn.side(0).await();
    EXPECT_EQ(this->here_->counter++, 2 * trips);
    this->here_->last = enough;
    this->here_->turn.side(0).pass();
  }
  stopper.join();
  EXPECT_EQ(peer.wait(), 0);
}

// OSRM #3911, glibc BZ 20973, iceoryx #1546: killed while it had the turn, while it slept, and what is left of it in the word.
TYPED_TEST(TurnBetweenProcesses, TheDeathOfOneSideIsATimeoutToTheOther) {
  const auto mine = this->here_->turn.side(0);
  {
    auto peer = this->with_view([](auto& shared) {
      shared.turn.side(1).await();
      return 1;
    });
    if (TypeParam::parks) {
      until([&] { return is_parked(this->here_->turn) && peer.is('S'); });
    } else {
      std::this_thread::sleep_for(5ms);
    }
    peer.send(SIGKILL);
    EXPECT_EQ(peer.wait(), -SIGKILL);
  }
  mine.pass();
  EXPECT_EQ(mine.await(clock::now() + 20ms), status::timeout);
  {
    auto peer = this->with_view([](auto& shared) {  // takes over where the dead one was, and dies with the turn
      shared.turn.side(1).await();
      return 7;
    });
    EXPECT_EQ(peer.wait(), 7);
  }
  EXPECT_EQ(mine.await(clock::now() + 20ms), status::timeout);
  this->here_->turn.side(1).pass();  // a survivor may act for the dead
  EXPECT_EQ(mine.await(clock::now() + 1h), status::ok);
}

using RingBetweenProcesses = BetweenProcesses<spin_park>;

TEST_F(RingBetweenProcesses, EverythingArrivesInOrder) {
  const std::size_t n = scaled(100'000);
  auto peer = with_view([&](auto& shared) { return echo(shared, n) == 0 ? 0 : 1; });
  EXPECT_EQ(call(*here_, n), 0U);
  EXPECT_EQ(peer.wait(), 0);
}

// A child that was executed, not forked: another address space, another program start, the same memory.
TEST_F(RingBetweenProcesses, AnExecutedChildPlaysTheTurnAndEchoesTheRing) {
  const std::size_t n = scaled(5'000);
  child peer([&] {
    const std::string fd = std::to_string(file_.fd());
    const std::string trips = std::to_string(n);
    ::execl("/proc/self/exe", "child", "--child", fd.c_str(), trips.c_str(), nullptr);
    return 98;
  });
  EXPECT_EQ(play(*here_, 0, n), 0U);
  EXPECT_EQ(call(*here_, n), 0U);
  EXPECT_EQ(peer.wait(), 0);
}

/// Waits for a turn that a child passes once this thread is asleep. How it ended, and whether that took until the deadline.
template <class Scope>
std::pair<status, bool> wait_for_a_child(clock::duration patience) {
  const memory_file file;
  const view<table<park, Scope>> here(file);
  here.make();
  const ::pid_t parent = ::getpid();
  const child peer([&] {
    const view<table<park, Scope>> own(file);
    until([&] { return is_parked(own->turn) && child::state_of_process(parent) == 'S'; });
    own->turn.side(0).pass();
    return ::pause();
  });
  const auto deadline = clock::now() + patience;
  const status s = here->turn.side(1).await(deadline);
  return {s, clock::now() >= deadline};
}

// S89 once more: that the scope is needed at all. With the wrong one the wake never arrives, and only the look after the deadline
// finds the turn.
TEST(ScopeBetweenProcesses, InProcessIsNotEnough) {
  const watchdog watch(60);
  const auto [right, right_was_late] = wait_for_a_child<between_processes>(50s);
  EXPECT_EQ(right, status::ok);
  EXPECT_FALSE(right_was_late);
  const auto [wrong, wrong_was_late] = wait_for_a_child<in_process>(300ms);
  EXPECT_EQ(wrong, status::ok);
  EXPECT_TRUE(wrong_was_late);
}

/// From now on the kernel answers each futex call of this process with an error.
bool forbid_futexes(unsigned error) {
  sock_filter filter[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),  // the number of the call is what the data begins with
                          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex, 0, 1),
                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{static_cast<unsigned short>(std::size(filter)), filter};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// S36, folly #2080: in a sandbox without futexes a wait with a deadline never came back.
TEST(Sandbox, WithoutFutexesADeadlineStillHolds) {
  for (const unsigned error : {unsigned{ENOSYS}, unsigned{EPERM}}) {
    child sandboxed([&] {
      if (!forbid_futexes(error)) return 77;
      ::alarm(3);
      turn<park> t;
      return t.side(1).await(clock::now() + 10ms) == status::timeout ? 0 : 1;
    });
    const int code = sandboxed.wait();
    if (code == 77) GTEST_SKIP() << "no filter can be set here";
    EXPECT_EQ(code, 0) << "ended by signal " << -code;
  }
}

}  // namespace
}  // namespace volley::testing
