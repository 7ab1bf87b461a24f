// SPDX-License-Identifier: MIT

// A night's look at who waits: ten seconds of nothing. (ChannelAsleep.AnIdleConsumerUsesAlmostNoCpu is the glance.)

#include <volley/channel/channel.hpp>
#include <volley/ring/mpmc_ring.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <string>
#include <thread>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;

/// What this thread has used of a CPU.
std::chrono::nanoseconds cpu_time() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

template <class Channel>
void expect_idle_for_ten_seconds() {
  Channel ch;
  std::thread ends([&ch] {
    std::this_thread::sleep_for(10s);
    ch.close();
  });
  const auto before = cpu_time();
  EXPECT_EQ(ch.pop().why(), status::closed);
  const auto used = cpu_time() - before;
  ends.join();
  ::testing::Test::RecordProperty("nanoseconds", std::to_string(used.count()));
  EXPECT_LT(used, 1ms);
}

TEST(Idle, AConsumerUsesLessThanAMillisecondOfCpuInTenSeconds) {
  expect_idle_for_ten_seconds<channel<spsc_ring<int, 4>>>();
  expect_idle_for_ten_seconds<channel<mpmc_ring<int, 4>>>();
}

}  // namespace
}  // namespace volley::testing
