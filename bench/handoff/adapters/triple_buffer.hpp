// SPDX-License-Identifier: MIT
#pragma once

#include "calls.hpp"

#include <volley/handoff/triple_buffer.hpp>

namespace volley::bench {

struct read_nothing_new {
  triple_buffer<letter<40>> buffer{letter<40>(1)};
  std::uint64_t sum = 0;
  void operator()() { sum += buffer.read()->words[0]; }
};
struct publish_then_read {
  triple_buffer<letter<40>> buffer{letter<40>(1)};
  std::uint64_t sum = 0;
  void operator()() {
    buffer.publish(letter<40>(sum));
    sum += buffer.read()->words[0];
  }
};

inline void enrol_triple_buffer() {
  enrol_operation<read_nothing_new>("triple_buffer/read", "40 bytes, nothing new");
  enrol_operation<publish_then_read>("triple_buffer/publish+read", "40 bytes written, published and read");
}

}  // namespace volley::bench
