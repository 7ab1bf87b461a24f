// SPDX-License-Identifier: MIT

// A channel in a plain epoll loop, beside a timer: another thread measures, the loop sums up and shows that it is alive. Nobody polls, and
// the other thread makes no system call but to wake the loop.

#include <volley/channel/pollable.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <thread>

namespace {

using readings = volley::channel<volley::spsc_ring<int>>;
constexpr int how_many = 100'000;

void measure(readings& out) {
  for (int i = 0; i != how_many && out.push(i) == volley::status::ok; ++i) {
  }
  out.close();
}

bool add(int epoll, int fd) {
  epoll_event e{};
  e.events = EPOLLIN | EPOLLET;
  e.data.fd = fd;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == 0;
}

/// Returns when the channel is closed and drained.
std::int64_t sum_up(int epoll, int timer, readings& in) {
  volley::pollable_pop from(in);
  if (!add(epoll, from.fd()) || !add(epoll, timer)) return -1;
  std::int64_t sum = 0;
  for (;;) {
    epoll_event e{};
    if (epoll_wait(epoll, &e, 1, -1) != 1) continue;
    if (e.data.fd == timer) {
      std::uint64_t ticks = 0;
      if (read(timer, &ticks, sizeof ticks) > 0) std::fputs("still here\n", stderr);
      continue;
    }
    int reading = 0;
    volley::status s = volley::status::ok;
    while ((s = from.try_pop(reading)) == volley::status::ok) sum += reading;
    if (s == volley::status::closed) return sum;
  }
}

}  // namespace

int main() {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  const itimerspec each_second{{1, 0}, {1, 0}};
  if (epoll < 0 || timer < 0 || timerfd_settime(timer, 0, &each_second, nullptr) != 0) {
    std::perror("epoll example");
    return 1;
  }

  readings ch(1024);
  std::thread sensor([&ch] { measure(ch); });
  const std::int64_t sum = sum_up(epoll, timer, ch);
  sensor.join();
  close(timer);
  close(epoll);

  const std::int64_t expected = std::int64_t{how_many} * (how_many - 1) / 2;
  std::printf("%d readings, their sum is %lld\n", how_many, static_cast<long long>(sum));
  return sum == expected ? 0 : 1;
}
