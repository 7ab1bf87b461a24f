// SPDX-License-Identifier: MIT

// The rules that choose how to wait: what a seat learns, and what the cgroup grants.

#include <volley/env/native_wait.hpp>
#include <volley/env/os/quota.hpp>
#include <volley/status.hpp>
#include <volley/wait/seat.hpp>

#include <gtest/gtest.h>

#include "throwing.hpp"

#include <atomic>
#include <cerrno>
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

// folly's TurnSequencer: a mix-up of units made the learnt spin grow with every long wait.
TEST(Seat, LongWaitsBringTheBudgetDownToItsLeast) {
  seat s;
  EXPECT_EQ(s.budget(), native::longest_spin);
  for (int i = 0; i != 20; ++i) {
    const auto before = s.budget();
    s.learn(10'000'000);
    EXPECT_LE(s.budget(), before);
  }
  EXPECT_EQ(s.budget(), native::shortest_spin);
}

TEST(Seat, WaitsThatEndSoonBringItUpAgainAndNoFurther) {
  seat s;
  for (int i = 0; i != 20; ++i) s.learn(10'000'000);
  for (int i = 0; i != 20; ++i) {
    s.learn(native::longest_spin);
    EXPECT_LE(s.budget(), native::longest_spin);
  }
  EXPECT_EQ(s.budget(), native::longest_spin);
}

TEST(Seat, ExtremeWaitsDoNotOverflowIt) {
  seat s;
  for (const std::int64_t waited : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN, INT64_MAX, std::int64_t{1} << 32}) {
    s.learn(waited);
    EXPECT_GE(s.budget(), native::shortest_spin);
    EXPECT_LE(s.budget(), native::longest_spin);
  }
}

TEST(Seat, AWaitThatBroughtNothingCountsAsALongOne) {
  seat s;
  s.learn(seat::no_answer);
  EXPECT_EQ(s.budget(), native::longest_spin / 2);
}

// A wait of a fraction of the longest spin, and a wake-up that costs as much as two of them, is still a wait to be spun for.
TEST(Seat, ASlowWakeUpDoesNotHideAShortWait) {
  seat s;
  for (int i = 0; i != 20; ++i) s.learn(seat::no_answer);
  for (int i = 0; i != 20; ++i) s.learn(native::longest_spin / 2 + 2 * std::int64_t{native::longest_spin});
  EXPECT_EQ(s.budget(), native::longest_spin);
}

TEST(Seat, ASideThatHasNotYetRunSharesNoCpu) {
  seat mine;
  const seat peer;
  EXPECT_FALSE(mine.meets_at_one_cpu(peer));
}

/// A machine on which each thread says where it runs.
struct placed : native {
  struct os : native::os {
    inline static thread_local std::uint32_t here = 0;
    static std::uint32_t cpu() noexcept { return here; }
  };
};

TEST(Seat, KnowsWhereTheOtherSideWasLastSeenUntilThatIsForgotten) {
  using placed_seat = volley::detail::seat<placed>;
  placed_seat mine;
  placed_seat peer;
  placed::os::here = 1;
  EXPECT_FALSE(peer.meets_at_one_cpu(mine));  // notes CPU 1 for the peer
  EXPECT_TRUE(mine.meets_at_one_cpu(peer));
  placed::os::here = 2;
  EXPECT_FALSE(mine.meets_at_one_cpu(peer));
  placed::os::here = 1;
  EXPECT_TRUE(mine.meets_at_one_cpu(peer));
  peer.forget_cpu();
  EXPECT_FALSE(mine.meets_at_one_cpu(peer));
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
  native::os::word word(1);
  errno = EDOM;
  EXPECT_FALSE(native::os::park(word, 2, sharing::in_process, native::os::never)) << "another value: it does not sleep";
  EXPECT_TRUE(native::os::park(word, 1, sharing::in_process, native::os::now()));
  native::os::wake(&word, 1, sharing::in_process);
  native::os::wake(nullptr, 1, sharing::between_processes);
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
