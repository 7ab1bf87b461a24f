// SPDX-License-Identifier: MIT

// The ring that is no FIFO of all that was pushed: what a push and a read of it cost.

#include "handoff/entry.hpp"

#include <volley/ring/lossy_broadcast_ring.hpp>

#include <cstdint>

namespace volley::bench {
namespace {

class push_and_read {
 public:
  void operator()() {
    std::uint64_t got = 0;
    const bool is_in = ring_.try_push(++last_);
    is_right_ = is_in && reader_.try_pop(got) && got == last_ && is_right_;
  }
  bool is_right() const { return is_right_; }

 private:
  using ring = lossy_broadcast_ring<std::uint64_t>;

  ring ring_{1024};
  ring::reader reader_ = ring_.subscribe();
  std::uint64_t last_ = 0;
  bool is_right_ = true;
};

const bool is_enrolled = (enrol_operation<push_and_read>("lossy_broadcast_ring/push+pop", "8 bytes, one reader"), true);

}  // namespace
}  // namespace volley::bench
