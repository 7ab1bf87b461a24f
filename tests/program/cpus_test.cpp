// SPDX-License-Identifier: MIT

// The machine, read from texts as the kernel writes them.

#include "program/cpus.hpp"
#include "program/machine.hpp"

#include <gtest/gtest.h>

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

TEST(this_machine, is_described_in_a_few_lines) {
  const machine m = this_machine();
  EXPECT_FALSE(m.kernel.empty());
  EXPECT_EQ(m.usable, usable_cpus());
  EXPECT_NE(describe(m).find(m.kernel), std::string::npos);
  EXPECT_EQ(to_json(m)["kernel"], m.kernel);
}

}  // namespace
}  // namespace volley::program
