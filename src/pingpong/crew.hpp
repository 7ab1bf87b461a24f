// SPDX-License-Identifier: MIT
#pragma once

// Threads that start together. Between rounds they sleep; at a round's start they gather at a gate, so that no wake-up is measured.

#include <volley/config.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace volley::pingpong {

class crew {
  using enum std::memory_order;

 public:
  static constexpr int any_cpu = -1;  ///< where the thread that made the crew may run

  /// Thread i runs on cpus[i]; thread 0 is the caller.
  explicit crew(std::vector<int> cpus);
  crew(const crew&) = delete;
  crew& operator=(const crew&) = delete;
  ~crew();

  /// The first n of them call each(i), all at once: ns from the first start to the last end.
  std::uint64_t run(unsigned n, const std::function<void(unsigned)>& each);

 private:
  struct alignas(2 * cache_line) post {
    std::atomic<std::uint32_t> orders{0};
    std::uint64_t from_ns = 0;
    std::uint64_t to_ns = 0;
  };

  void follow_orders(unsigned me, int cpu);
  void take_part(unsigned me);

  std::unique_ptr<post[]> posts_;
  alignas(2 * cache_line) std::atomic<unsigned> gathered_{0};
  alignas(2 * cache_line) std::atomic<unsigned> done_{0};
  unsigned wanted_ = 0;
  const std::function<void(unsigned)>* each_ = nullptr;  ///< null: go home
  bool is_crowded_ = false;                              ///< more of them than CPUs in this round
  unsigned cpus_ = 0;
  std::vector<std::thread> others_;
};

}  // namespace volley::pingpong
