// SPDX-License-Identifier: MIT

// The rules that choose how to wait: what a seat learns, and what the cgroup grants.

#include <volley/env/native_wait.hpp>
#include <volley/env/os/quota.hpp>
#include <volley/status.hpp>
#include <volley/wait/seat.hpp>

#include <gtest/gtest.h>

#include <sched.h>

#include "throwing.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace volley::testing {
namespace {

namespace fs = std::filesystem;
using seat = volley::detail::seat<native>;

constexpr std::uint32_t cost = 20'000;
constexpr std::uint32_t longest = cost + cost / 4;
constexpr std::int64_t long_gap = 10'000'000;

// folly's TurnSequencer: a mix-up of units made the learnt spin grow with every long wait.
TEST(Seat, LongWaitsBringTheBudgetDownToNothing) {
  seat s;
  EXPECT_EQ(s.budget(cost), longest);
  for (int i = 0; i != 8; ++i) {
    const auto before = s.budget(cost);
    s.learn(long_gap, cost);
    EXPECT_LT(s.budget(cost), before == 0 ? 1 : before);
  }
  EXPECT_EQ(s.budget(cost), 0U);
}

TEST(Seat, WaitsThatEndSoonBringItUpAgainAndNoFurtherThanAParkCosts) {
  seat s;
  for (int i = 0; i != 20; ++i) s.learn(long_gap, cost);
  s.learn(0, cost);
  EXPECT_GE(s.budget(cost), native::shortest_spin - 8);
  s.learn(cost / 4, cost);
  EXPECT_GE(s.budget(cost), cost / 2 - 8) << "twice what would have been enough";
  for (int i = 0; i != 20; ++i) {
    s.learn(cost, cost);
    EXPECT_LE(s.budget(cost), longest);
  }
  EXPECT_GE(s.budget(cost), longest - 8);
}

TEST(Seat, NoParkIsDearEnoughForMoreThanTheLongestSpin) {
  seat s;
  s.learn(0, 10 * native::longest_spin);
  EXPECT_EQ(s.budget(10 * native::longest_spin), native::longest_spin);
}

TEST(Seat, AParkThatHasBecomeCheapBringsItDownAtOnce) {
  const seat s;
  EXPECT_EQ(s.budget(1'000), 1'250U);
}

TEST(Seat, ExtremeWaitsDoNotOverflowIt) {
  seat s;
  for (const std::int64_t gap : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN, INT64_MAX, std::int64_t{1} << 32}) {
    for (const std::uint32_t dear : {0U, 1U, cost, UINT32_MAX / 2}) {
      s.learn(gap, dear);
      EXPECT_LE(s.budget(dear), native::longest_spin);
    }
  }
}

TEST(Seat, AWaitThatBroughtNothingCountsAsALongOne) {
  seat s;
  s.learn(seat::no_answer, cost);
  EXPECT_EQ(s.budget(cost), longest / 2 / 8 * 8);
}

TEST(Seat, ASideThatHasNotYetPostedSharesNoCpu) {
  const seat peer;
  EXPECT_FALSE(peer.is_here());
}

/// A machine on which each thread says where it runs.
struct placed : native {
  struct os : native::os {
    inline static thread_local std::uint16_t here = 0;
    static std::uint16_t cpu() noexcept { return here; }
  };
};

TEST(Seat, KnowsWhereItWasLastPostedFrom) {
  volley::detail::seat<placed> peer;
  placed::os::here = 1;
  peer.note_cpu();
  EXPECT_TRUE(peer.is_here());
  placed::os::here = 2;
  EXPECT_FALSE(peer.is_here());
  peer.note_cpu();
  EXPECT_TRUE(peer.is_here());
  placed::os::here = placed::os::unknown_cpu;
  peer.note_cpu();
  EXPECT_FALSE(peer.is_here()) << "two that do not know where they are need not be at one place";
}

TEST(Cpu, IsTheOneThatTheKernelNames) {
  for (int i = 0; i != 100; ++i) {
    const int before = ::sched_getcpu();
    const auto seen = native::os::cpu();
    if (before != ::sched_getcpu()) continue;  // moved meanwhile, perhaps twice
    EXPECT_TRUE(seen == before || seen == native::os::unknown_cpu) << seen;
  }
}

TEST(ParkCost, IsLearntFromTheWakesOfThatWord) {
  using os = native::os;
  const int one = 0;
  const int other = 0;
  const auto start = os::now();
  os::log_wake(&one);
  const auto woken = os::now();
  const auto before = os::park_cost();
  os::learn_park_cost(&other, start, woken + std::chrono::seconds(1));
  EXPECT_EQ(os::park_cost(), before) << "another word";
  os::learn_park_cost(&one, woken + std::chrono::seconds(1), woken + std::chrono::seconds(2));
  EXPECT_EQ(os::park_cost(), before) << "an earlier wait";
  for (int i = 0; i != 200; ++i) os::learn_park_cost(&one, start, woken + std::chrono::microseconds(5));
  EXPECT_GE(os::park_cost(), 4'900U);
  EXPECT_LE(os::park_cost(), 100'000U);
  for (int i = 0; i != 200; ++i) os::learn_park_cost(&one, start, woken + std::chrono::hours(1));
  EXPECT_LE(os::park_cost(), 10 * native::longest_spin);
  EXPECT_GT(os::park_cost(), 9 * native::longest_spin);
}

TEST(Park, OfAWordOf64BitsComparesItsUpperHalf) {
  const native::atomic<std::uint64_t> word(std::uint64_t{7} << 32 | 5);
  const auto soon = [] { return native::os::now() + std::chrono::milliseconds(2); };
  EXPECT_FALSE(native::os::park(word, 5, sharing::in_process, soon())) << "another value: it does not sleep";
  EXPECT_TRUE(native::os::park(word, 7, sharing::in_process, soon()));
}

/// A folder that looks like /sys/fs/cgroup, and a file that looks like /proc/self/cgroup.
class Quota : public ::testing::Test {
 protected:
  Quota() {
    std::string pattern = (fs::temp_directory_path() / "volley-quota-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw_it(std::runtime_error("no temporary folder"));
    root_ = pattern;
  }
  ~Quota() override { fs::remove_all(root_); }

  void file(const std::string& name, const std::string& text) const {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  double cpus(const std::string& cgroup) const {
    file("self", cgroup);
    return os::quota_cpus((root_ / "self").c_str(), root_.c_str());
  }

  fs::path root_;
};

constexpr double unlimited = os::no_quota;

TEST_F(Quota, OfVersion2IsTheShareOfAPeriod) {
  for (const auto& [text, granted] :
       {std::pair("100000 100000\n", 1.0), std::pair("50000 100000\n", 0.5), std::pair("250000 100000\n", 2.5),
        std::pair("max 100000\n", unlimited), std::pair("", unlimited), std::pair("100000", unlimited),
        std::pair("nonsense", unlimited), std::pair("0 0\n", unlimited), std::pair("-1 100000\n", unlimited)}) {
    file("job/cpu.max", text);
    EXPECT_EQ(cpus("0::/job\n"), granted) << text;
  }
  file("job/cpu.max", "99999999999999999999999 100000\n");
  EXPECT_GT(cpus("0::/job\n"), 1e6);
}

TEST_F(Quota, IsTheTightestOfAllAbove) {
  file("slice/cpu.max", "150000 100000\n");
  file("slice/a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(cpus("0::/slice/a/b\n"), 1.5);
  file("slice/a/cpu.max", "200000 100000\n");
  EXPECT_EQ(cpus("0::/slice/a/b\n"), 1.5);
  file("slice/a/b/cpu.max", "50000 100000\n");
  EXPECT_EQ(cpus("0::/slice/a/b\n"), 0.5);
  EXPECT_EQ(cpus("0::/other/a/b\n"), unlimited);
}

// In a container the root of what is mounted is the container's own group.
TEST_F(Quota, OfTheMountItselfCountsToo) {
  file("cpu.max", "100000 100000\n");
  EXPECT_EQ(cpus("0::/\n"), 1.0);
  EXPECT_EQ(cpus("0::/../elsewhere\n"), 1.0);
}

TEST_F(Quota, OfVersion1IsFoundUnderItsController) {
  file("cpu/job/cpu.cfs_quota_us", "100000\n");
  file("cpu/job/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cpus("5:memory:/job\n4:cpu,cpuacct:/job\n0::/\n"), 1.0);
  EXPECT_EQ(cpus("4:cpuacct,cpu:/job\n"), 1.0);
  EXPECT_EQ(cpus("4:cpuset:/job\n3:cpuacct:/job\n"), unlimited);
  file("cpu/job/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(cpus("4:cpu,cpuacct:/job\n"), unlimited);
}

// Where there is no link "cpu" the mount has the names of all its controllers.
TEST_F(Quota, OfVersion1IsFoundUnderAllItsControllers) {
  file("cpu,cpuacct/job/cpu.cfs_quota_us", "250000\n");
  file("cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cpus("4:cpu,cpuacct:/job\n"), 2.5);
}

TEST_F(Quota, ThatCannotBeReadIsNoLimit) {
  EXPECT_EQ(cpus(""), unlimited);
  EXPECT_EQ(cpus("\n:\n::\n0:\n0::\nno colon\n"), unlimited);
  EXPECT_EQ(cpus("0::/" + std::string(5000, 'x') + "\n"), unlimited);
  EXPECT_EQ(cpus("0::" + std::string(2000, '/') + "\n"), unlimited);
  EXPECT_EQ(os::quota_cpus("/nowhere", "/nowhere"), unlimited);
}

// A path that was cut short would name another group, and its limit would be taken for this one's.
TEST_F(Quota, OfAGroupWithTooLongAPathIsNotThatOfAnother) {
  std::string deep;
  while (deep.size() < 1400) deep += "/" + std::string(99, 'g');
  for (fs::path at = root_.string() + deep; at != root_; at = at.parent_path()) {
    file(fs::relative(at, root_) / "cpu.max", "10000 100000\n");
  }
  EXPECT_EQ(cpus("0::" + deep + "/own\n"), unlimited);
}

// A wait may look at the quota; a caller's errno is unlimited of its business.
TEST_F(Quota, LookingAtItLeavesErrnoAlone) {
  errno = EDOM;
  EXPECT_EQ(os::quota_cpus("/nowhere", "/nowhere"), unlimited);
  EXPECT_EQ(errno, EDOM);
  file("self", "0::/job\n");
  errno = EDOM;
  EXPECT_EQ(os::quota_cpus((root_ / "self").c_str(), root_.c_str()), unlimited);
  EXPECT_EQ(errno, EDOM);
}

TEST(Errno, SurvivesParkingAndWaking) {
  native::atomic<std::uint32_t> word(1);
  errno = EDOM;
  EXPECT_FALSE(native::os::park(word, 2, sharing::in_process, native::os::never)) << "another value: it does not sleep";
  EXPECT_TRUE(native::os::park(word, 1, sharing::in_process, native::os::now()));
  native::os::wake(&word, 1, sharing::in_process);
  native::os::wake(static_cast<const native::atomic<std::uint32_t>*>(nullptr), 1, sharing::between_processes);
  EXPECT_EQ(errno, EDOM);
}

TEST(Status, SaysItsName) {
  EXPECT_EQ(to_string(status::ok), "ok");
  EXPECT_EQ(to_string(status::full), "full");
  EXPECT_EQ(to_string(status::empty), "empty");
  EXPECT_EQ(to_string(status::closed), "closed");
  EXPECT_EQ(to_string(status::timeout), "timeout");
  EXPECT_EQ(to_string(status::stopped), "stopped");
  EXPECT_EQ(to_string(static_cast<status>(99)), "unknown");
}

TEST(Result, IsAValueOrAReason) {
  result<std::unique_ptr<int>> got(std::make_unique<int>(3));
  EXPECT_TRUE(got && got.has_value() && got.why() == status::ok);
  EXPECT_EQ(**got, 3);
  EXPECT_EQ(*got->get(), 3);
  const std::unique_ptr<int> taken = *std::move(got);
  EXPECT_EQ(*taken, 3);

  const result<std::unique_ptr<int>> none(status::timeout);
  EXPECT_FALSE(none || none.has_value());
  EXPECT_EQ(none.why(), status::timeout);
  static_assert(!std::is_convertible_v<status, result<int>> && !std::is_convertible_v<int, result<int>>);
}

}  // namespace
}  // namespace volley::testing
