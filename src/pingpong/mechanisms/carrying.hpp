// SPDX-License-Identifier: MIT
#pragma once

// Handoffs that carry data: what M orders is written whole before each hop, in lines of its own, and read whole after it.

#include "../mechanism.hpp"
#include "../payload.hpp"

#include <volley/config.hpp>

#include <cstddef>
#include <cstdint>

namespace volley::pingpong {

template <class M, std::size_t Bytes>
class carrying {
 public:
  static constexpr how waits = waits_of<M>();

  template <unsigned Side>
  void post() {
    payload<Bytes> made{};
    made.stamp(Side, ++count_[Side].posts);
    touch(made);
    carried_ = made;
    m_.template post<Side>();
  }
  template <unsigned Side>
  void await() {
    m_.template await<Side>();
    payload<Bytes> got = carried_;
    touch(got);
    own& mine = count_[Side];
    mine.is_wrong = mine.is_wrong || !got.is_whole() || got.producer() != 1 - Side || got.number() != ++mine.awaits;
  }
  bool is_right() const { return !count_[0].is_wrong && !count_[1].is_wrong; }

 private:
  struct alignas(2 * cache_line) own {
    std::uint64_t posts = 0;
    std::uint64_t awaits = 0;
    bool is_wrong = false;
  };

  M m_;
  alignas(2 * cache_line) payload<Bytes> carried_{};
  own count_[2];
};

}  // namespace volley::pingpong
