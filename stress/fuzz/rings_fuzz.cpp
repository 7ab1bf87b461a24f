// SPDX-License-Identifier: MIT

// Rings of elements: the first byte says which one, the rest what is done.

#include "ring.hpp"

#include <volley/ring/lockfree_mpmc_ring.hpp>
#include <volley/ring/mpmc_ring.hpp>
#include <volley/ring/mpsc_ring.hpp>
#include <volley/ring/spmc_ring.hpp>
#include <volley/ring/spsc_ring.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace volley;
  fuzz::input in(bytes, size);
  switch (in.below(5)) {
    case 0:
      fuzz::ring_beside_deque<spsc_ring>(in).play();
      break;
    case 1:
      fuzz::ring_beside_deque<mpsc_ring>(in).play();
      break;
    case 2:
      fuzz::ring_beside_deque<spmc_ring>(in).play();
      break;
    case 3:
      fuzz::ring_beside_deque<mpmc_ring>(in).play();
      break;
    default:
      fuzz::ring_beside_deque<lockfree_mpmc_ring>(in).play();
      break;
  }
  return 0;
}
