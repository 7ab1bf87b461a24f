// SPDX-License-Identifier: MIT

// What a program does with the library, also one without exceptions and run-time types. Compiled, not run: see headers_test.py.

#include <volley/channel/channel.hpp>
#include <volley/channel/coroutine.hpp>
#include <volley/channel/pollable.hpp>
#include <volley/handoff/turn.hpp>
#include <volley/ring/byte_ring.hpp>
#include <volley/ring/mpsc_byte_ring.hpp>
#include <volley/ring/mpsc_ring.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <coroutine>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

struct alignas(2 * volley::cache_line) wide {
  int value;
};

struct detached {
  struct promise_type {
    static detached get_return_object() { return {}; }
    static std::suspend_never initial_suspend() noexcept { return {}; }
    static std::suspend_never final_suspend() noexcept { return {}; }
    static void return_void() noexcept {}
    static void unhandled_exception() noexcept {}
  };
};
using job_queue = volley::channel<volley::spsc_ring<int>>;
detached twice(job_queue& from, job_queue& to) {
  while (const auto job = co_await volley::async_pop(from, volley::inline_executor{})) {
    if (co_await volley::async_push(to, *job, volley::inline_executor{}) != volley::status::ok) break;
  }
}
int use_in_loops() {
  const auto from = job_queue::make(8);
  const auto to = job_queue::make(8);
  const auto end = volley::pollable_pop<job_queue>::make(*to);
  if (!from || !to || !end || end->fd() < 0) return 1;
  twice(*from, *to);
  if (from->push(1) != volley::status::ok || !end->try_pop() || end->arm()) return 2;
  from->close();
  return 0;
}

int use() {
  volley::spsc_ring<wide, 2> wide_ones;
  if (!wide_ones.try_push(wide{1}) || !wide_ones.try_pop()) return 6;

  const auto ring = volley::spsc_ring<std::unique_ptr<int>>::make(8);
  if (!ring || !ring->try_push(std::make_unique<int>(1)) || !ring->try_emplace(nullptr)) return 1;
  std::unique_ptr<int> out;
  if (!ring->try_pop(out) || !ring->try_pop()) return 2;

  volley::spsc_ring<int, 4> fixed;
  if (!fixed.try_push(*out) || fixed.size_approx() != 1 || fixed.empty_approx()) return 3;
  volley::spsc_ring<int> dynamic(3);
  if (!dynamic.try_push(1)) return 4;

  volley::byte_ring<64> records;
  if (auto claim = records.claim(5)) claim.commit(3);
  if (records.read([](std::span<const std::byte>) {}) != 1) return 7;
  const auto shared_records = volley::mpsc_byte_ring<>::make(64);
  if (!shared_records || shared_records->try_push({}) != volley::claim_error::none) return 8;
  if (!shared_records->try_peek()) return 9;

  const auto jobs = volley::channel<volley::mpsc_ring<std::unique_ptr<int>>>::make(2);
  if (!jobs || jobs->push(std::make_unique<int>(1)) != volley::status::ok) return 10;
  jobs->close();
  for (const std::unique_ptr<int>& job : *jobs) {
    if (*job != 1) return 11;
  }
  const auto log = volley::channel<volley::mpsc_byte_ring<>>::make(64);
  if (!log || log->push({}) != volley::status::ok) return 12;
  if (log->try_pop([](std::span<const std::byte>) {}) != volley::status::ok) return 13;

  volley::turn<> turn;
  turn.side(0).pass();
  turn.side(1).await();
  if (turn.side(0).await(volley::turn<>::time_point{}) != volley::status::timeout) return 5;
  volley::turn<volley::busy_spin> busy;
  volley::turn<volley::spin_yield> yielding;
  volley::turn<volley::park, volley::between_processes> parking;
  busy.side(0).pass();
  yielding.side(0).pass();
  parking.side(0).pass();
  parking.side(1).await();
  return 0;
}
