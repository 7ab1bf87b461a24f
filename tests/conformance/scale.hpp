// SPDX-License-Identifier: MIT
#pragma once

// How much a test does, and what ends it if it hangs.

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <thread>

namespace volley::testing {

/// n rounds, times VOLLEY_TEST_SCALE (1 unless set; 0.1 is a glance, 100 a night), and at least one.
inline std::size_t scaled(std::size_t n) {
  const char* const text = std::getenv("VOLLEY_TEST_SCALE");
  const double factor = text != nullptr ? std::strtod(text, nullptr) : 1.0;
  return std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(n) * factor));
}

/// While it lives, a test that hangs is ended with its name: one that has taken longer than this many seconds (scaled too, if longer) and whose
/// threads have used no CPU time since, so that a machine that is only busy does not decide; or five times as long, if they spin.
class watchdog {
 public:
  explicit watchdog(unsigned seconds) {
    const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
    const std::string name = test == nullptr ? "?" : std::string(test->test_suite_name()) + "." + test->name();
    std::snprintf(last_words, sizeof last_words, "hangs: %s\n", name.c_str());
    const auto limit = static_cast<unsigned>(std::max<std::size_t>(seconds, scaled(seconds)));
    looks_left = 4 * limit / seconds_a_look;
    last_seen = -1;
    std::signal(SIGALRM, look);
    ::alarm(limit);
  }
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;
  ~watchdog() { ::alarm(0); }

 private:
  static constexpr unsigned seconds_a_look = 5;
  static constexpr std::int64_t no_time = 2'000'000;  // ns: less than this between two looks is asleep

  static void look(int) {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    const std::int64_t now = std::int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
    const bool sleeps = last_seen >= 0 && now - last_seen < no_time;
    if (!sleeps && looks_left != 0) {
      --looks_left;
      last_seen = now;
      ::alarm(seconds_a_look);
      return;
    }
    const auto written = ::write(STDERR_FILENO, last_words, std::strlen(last_words));
    ::_exit(written < 0 ? 3 : 2);
  }

  static inline char last_words[256];
  static inline unsigned looks_left = 0;
  static inline std::int64_t last_seen = -1;
};

/// Runs all at once, each in a thread of its own, and returns when the last has ended.
template <class... F>
void together(F... f) {
  std::thread threads[] = {std::thread(f)...};
  for (auto& thread : threads) thread.join();
}

/// Polls until it is true, and lets others run in between.
template <class F>
void until(const F& done) {
  for (unsigned polls = 1; !done(); ++polls) {
    if (polls % 32 == 0) std::this_thread::yield();
  }
}
/// The same, for twenty seconds at most: for what should long have happened. False if it has not.
template <class F>
bool until_late(const F& done) {
  const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  bool is_done = false;
  until([&] { return (is_done = done()) || std::chrono::steady_clock::now() > late; });
  return is_done;
}

}  // namespace volley::testing
