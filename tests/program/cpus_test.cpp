// SPDX-License-Identifier: MIT

// The machine, read from texts as the kernel writes them.

#include "program/cpus.hpp"
#include "program/machine.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace volley::program {
namespace {

using list = std::vector<int>;

TEST(a_cpu_list, is_read_as_the_kernel_writes_it) {
  EXPECT_EQ(parse_cpu_list(""), list{});
  EXPECT_EQ(parse_cpu_list("0"), list{0});
  EXPECT_EQ(parse_cpu_list("0-3,8,10-11"), (list{0, 1, 2, 3, 8, 10, 11}));
  EXPECT_EQ(parse_cpu_list("2,x"), list{2});
}

TEST(a_cpu_list, is_written_so_too) {
  EXPECT_EQ(cpu_list(list{0}), "0");
  EXPECT_EQ(cpu_list(list{0, 1}), "0,1");
  EXPECT_EQ(cpu_list(list{0, 1, 2, 3, 8, 10, 11}), "0-3,8,10,11");
}

TEST(this_thread, can_be_bound_and_set_free) {
  const list before = usable_cpus();
  ASSERT_FALSE(before.empty());
  EXPECT_TRUE(run_on(list{before.back()}));
  EXPECT_EQ(usable_cpus(), list{before.back()});
  EXPECT_TRUE(run_on(before));
  EXPECT_EQ(usable_cpus(), before);
  EXPECT_FALSE(run_on(list{100'000}));
}

TEST(two_cpus, are_chosen_from_those_that_may_be_used) {
  EXPECT_EQ(choose_two(list{5}), list{5});
  const list two = choose_two(list{1'000'000, 1'000'001});  // the system knows nothing about these
  EXPECT_EQ(two, (list{1'000'000, 1'000'001}));
}

/// A folder of its own that is gone in the end.
class cgroups : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "volley_cgroups_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& file, const std::string& text) {
    const auto path = folder_ / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  std::optional<double> quota() { return cgroup_quota((folder_ / "self").string(), folder_.string()); }

 private:
  std::filesystem::path folder_;
};

TEST_F(cgroups, without_a_limit_say_nothing) {
  EXPECT_EQ(quota(), std::nullopt);
  write("self", "0::/a/b\n");
  EXPECT_EQ(quota(), std::nullopt);
  write("a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(cgroups, of_version_2_limit_by_the_tightest_on_the_way_up) {
  write("self", "0::/a/b\n");
  write("a/cpu.max", "150000 100000\n");
  EXPECT_EQ(quota(), 1.5);
  write("a/b/cpu.max", "200000 100000\n");
  EXPECT_EQ(quota(), 1.5);
  write("a/b/cpu.max", "50000 100000\n");
  EXPECT_EQ(quota(), 0.5);
}

TEST_F(cgroups, of_version_1_limit_by_two_files) {
  write("self", "4:memory:/m\n3:cpu,cpuacct:/a\n");
  write("cpu,cpuacct/a/cpu.cfs_quota_us", "-1\n");
  write("cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), std::nullopt);
  write("cpu,cpuacct/a/cpu.cfs_quota_us", "250000\n");
  EXPECT_EQ(quota(), 2.5);
}

TEST(this_machine, is_described_in_a_few_lines) {
  const machine m = this_machine();
  EXPECT_FALSE(m.kernel.empty());
  EXPECT_EQ(m.usable, usable_cpus());
  EXPECT_NE(describe(m).find(m.kernel), std::string::npos);
  EXPECT_EQ(to_json(m)["kernel"], m.kernel);
}

}  // namespace
}  // namespace volley::program
