// SPDX-License-Identifier: MIT
#pragma once

// For engine_test.cpp: a program with an order that is never executed.

#include "engine.hpp"

struct half_reached : model::scenario {
  static constexpr int threads = 2;

  void thread(unsigned which) override {
    if (which == 0) {
      data.set(1);
      flag.store(1, std::memory_order::release);  // -> publish: the data
    } else if (which == 1) {
      if (flag.load(std::memory_order::acquire) == 1) data.get();  // <- publish: the data
    } else {
      flag.store(2, std::memory_order::release);  // -> publish: by a thread that is not there
    }
  }

  model::plain<int> data{0};
  model::atomic<std::uint32_t> flag{0};
};
