// SPDX-License-Identifier: MIT

// The rules that choose how to wait: what a seat learns, and what the cgroup grants.

#include <volley/env/native_wait.hpp>
#include <volley/env/os/quota.hpp>
#include <volley/status.hpp>
#include <volley/wait/seat.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
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

TEST(Seat, ASideThatHasNotYetRunSharesNoCpu) {
  seat mine;
  const seat peer;
  EXPECT_FALSE(mine.meets_at_one_cpu(peer));
}

/// A folder that looks like /sys/fs/cgroup, and a file that looks like /proc/self/cgroup.
class Quota : public ::testing::Test {
 protected:
  Quota() {
    std::string pattern = (fs::temp_directory_path() / "volley-quota-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    root_ = pattern;
  }
  ~Quota() override { fs::remove_all(root_); }

  void file(const std::string& name, const std::string& text) const {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  bool one_cpu(const std::string& cgroup) const {
    file("self", cgroup);
    return os::quota_is_one_cpu((root_ / "self").c_str(), root_.c_str());
  }

  fs::path root_;
};

TEST_F(Quota, OfVersion2IsOnePeriodOrLess) {
  for (const auto& [text, one] :
       {std::pair("100000 100000\n", true), std::pair("50000 100000\n", true), std::pair("100001 100000\n", false),
        std::pair("max 100000\n", false), std::pair("200000 100000\n", false), std::pair("", false),
        std::pair("100000", false), std::pair("nonsense", false), std::pair("0 0\n", false),
        std::pair("-1 100000\n", false), std::pair("99999999999999999999999 100000\n", false)}) {
    file("job/cpu.max", text);
    EXPECT_EQ(one_cpu("0::/job\n"), one) << text;
  }
}

TEST_F(Quota, OfAGroupAboveCountsToo) {
  file("slice/cpu.max", "100000 100000\n");
  file("slice/a/b/cpu.max", "max 100000\n");
  EXPECT_TRUE(one_cpu("0::/slice/a/b\n"));
  EXPECT_FALSE(one_cpu("0::/other/a/b\n"));
}

// In a container the root of what is mounted is the container's own group.
TEST_F(Quota, OfTheMountItselfCountsToo) {
  file("cpu.max", "100000 100000\n");
  EXPECT_TRUE(one_cpu("0::/\n"));
  EXPECT_TRUE(one_cpu("0::/../elsewhere\n"));
}

TEST_F(Quota, OfVersion1IsFoundUnderItsController) {
  file("cpu/job/cpu.cfs_quota_us", "100000\n");
  file("cpu/job/cpu.cfs_period_us", "100000\n");
  EXPECT_TRUE(one_cpu("5:memory:/job\n4:cpu,cpuacct:/job\n0::/\n"));
  EXPECT_TRUE(one_cpu("4:cpuacct,cpu:/job\n"));
  EXPECT_FALSE(one_cpu("4:cpuset:/job\n3:cpuacct:/job\n"));
  file("cpu/job/cpu.cfs_quota_us", "-1\n");
  EXPECT_FALSE(one_cpu("4:cpu,cpuacct:/job\n"));
}

TEST_F(Quota, ThatCannotBeReadIsNoLimit) {
  EXPECT_FALSE(one_cpu(""));
  EXPECT_FALSE(one_cpu("\n:\n::\n0:\n0::\nno colon\n"));
  EXPECT_FALSE(one_cpu("0::/" + std::string(5000, 'x') + "\n"));
  EXPECT_FALSE(one_cpu("0::" + std::string(2000, '/') + "\n"));
  EXPECT_FALSE(os::quota_is_one_cpu("/nowhere", "/nowhere"));
}

// A wait may look at the quota; a caller's errno is none of its business.
TEST_F(Quota, LookingAtItLeavesErrnoAlone) {
  errno = EDOM;
  EXPECT_FALSE(os::quota_is_one_cpu("/nowhere", "/nowhere"));
  EXPECT_EQ(errno, EDOM);
  file("self", "0::/job\n");
  errno = EDOM;
  EXPECT_FALSE(os::quota_is_one_cpu((root_ / "self").c_str(), root_.c_str()));
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
