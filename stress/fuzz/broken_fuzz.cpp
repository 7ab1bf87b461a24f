// SPDX-License-Identifier: MIT

// A ring that is wrong in one corner, which the fuzzer must find: a test that has to fail.

#include "ring.hpp"

#include <volley/ring/spsc_ring.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace volley::fuzz {
namespace {

/// Of a batch of up to nine from a ring with three inside the first is lost.
template <class T, std::size_t N, class Env, class Allocator>
struct broken_ring : spsc_ring<T, N, Env, Allocator> {
  using base = spsc_ring<T, N, Env, Allocator>;
  using base::base;

  static std::unique_ptr<broken_ring> make(std::size_t capacity) {
    try {
      return std::make_unique<broken_ring>(capacity);
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
  }
  template <class Iterator>
  std::size_t try_pop_n(Iterator to, std::size_t n) {
    if (n == 9 && this->size_approx() == 3) (void)this->try_pop();
    return base::try_pop_n(to, n);
  }
};

}  // namespace
}  // namespace volley::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  volley::fuzz::input in(bytes, size);
  volley::fuzz::ring_beside_deque<volley::fuzz::broken_ring>(in).play();
  return 0;
}
