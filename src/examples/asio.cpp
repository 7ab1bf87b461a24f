// SPDX-License-Identifier: MIT

// Channels and coroutines on an Asio loop: jobs come from another thread, a coroutine on the loop does each and answers into a second channel,
// and waits without a thread of its own. A timer of the loop runs beside it.

#include <volley/channel/coroutine.hpp>
#include <volley/ring/mpmc_ring.hpp>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <thread>
#include <utility>

namespace {

using numbers = volley::channel<volley::mpmc_ring<int>>;
constexpr int how_many = 10'000;

/// A coroutine that begins at once, and that nobody waits for.
struct detached {
  struct promise_type {
    static detached get_return_object() { return {}; }
    static std::suspend_never initial_suspend() noexcept { return {}; }
    static std::suspend_never final_suspend() noexcept { return {}; }
    static void return_void() noexcept {}
    static void unhandled_exception() noexcept { std::terminate(); }
  };
};

/// Where Volley resumes: on the loop.
auto on(asio::io_context& loop) {
  return [&loop](volley::resumption r) { asio::post(loop, std::move(r)); };
}

detached serve(asio::io_context& loop, numbers& jobs, numbers& answers) {
  const auto work = asio::make_work_guard(loop);  // it keeps run() from returning while this waits
  while (const auto job = co_await volley::async_pop(jobs, on(loop))) {
    if (co_await volley::async_push(answers, 2 * *job, on(loop)) != volley::status::ok) break;
  }
  answers.close();
}

}  // namespace

int main() {  // NOLINT(bugprone-exception-escape): what Asio throws when it cannot begin may end this program
  numbers jobs(16);
  numbers answers(16);
  asio::io_context loop;
  asio::steady_timer timer(loop, std::chrono::milliseconds(1));
  bool ticked = false;
  timer.async_wait([&ticked](const asio::error_code& e) { ticked = !e; });

  std::thread client([&jobs] {
    for (int i = 0; i != how_many; ++i) jobs.push(i);
    jobs.close();
  });
  std::int64_t sum = 0;
  std::thread reader([&answers, &sum] {
    for (const int answer : answers) sum += answer;
  });

  serve(loop, jobs, answers);
  loop.run();
  client.join();
  reader.join();

  const std::int64_t expected = std::int64_t{how_many} * (how_many - 1);
  std::printf("%d answers, their sum is %lld\n", how_many, static_cast<long long>(sum));
  return ticked && sum == expected ? 0 : 1;
}
