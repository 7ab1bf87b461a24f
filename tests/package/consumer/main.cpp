// What a user writes first: an element through a ring, and a turn taken by two threads.
#include <cstdio>
#include <thread>

#include <volley/handoff/turn.hpp>
#include <volley/ring/spsc_ring.hpp>

int main() {
  volley::spsc_ring<int> ring(8);
  int popped = 0;
  if (!ring.try_push(42) || !ring.try_pop(popped) || popped != 42) return 1;

  volley::turn<> turn;
  int shared = 0;
  std::thread first([&] {
    shared = 1;
    turn.side(0).pass();
  });
  std::thread second([&] {
    turn.side(1).await();
    shared += 1;
  });
  first.join();
  second.join();
  if (shared != 2) return 1;

  std::puts("volley works");
}
