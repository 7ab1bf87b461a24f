// SPDX-License-Identifier: MIT

// Rings of records beside the model of tests/conformance: what is inside, and how much room there is.

#include "input.hpp"

#include <volley/ring/byte_ring.hpp>
#include <volley/ring/mpsc_byte_ring.hpp>

#include "record_model.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace volley::fuzz {
namespace {

template <class Ring>
void play(input& in) {
  testing::records<std::unique_ptr<Ring>> ring(std::make_unique<Ring>(8 * (3 + in.below(40))));
  testing::record_model model(ring);
  std::uint64_t i = 0;
  while (!in.is_over()) {
    const std::size_t what = in.below(8);
    if (what < 4) {
      const std::size_t most = what == 0 ? ring.max_record() : std::min<std::size_t>(ring.max_record(), 20);
      const auto record = testing::record_of(i, in.next() % (most + 1));
      const bool room = model.push(record);
      const claim_error why = i++ % 2 == 0 ? ring.copy_in(record) : ring.push(record.size(), record);
      check(why == (room ? claim_error::none : claim_error::full), "a claim succeeds where there is room");
    } else if (what < 7) {
      const std::size_t limit = in.below(6);
      check(ring.read(limit) == model.read(limit), "the oldest records come out, whole");
    } else {
      check(ring.push(ring.max_record() + 1 + in.next(), {}) == claim_error::too_large, "too large");
    }
    check(ring.size() == model.size(), "size_approx is exact where nobody else is");
  }
}

}  // namespace
}  // namespace volley::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace volley;
  fuzz::input in(bytes, size);
  if (in.below(2) == 0) {
    fuzz::play<byte_ring<>>(in);
  } else {
    fuzz::play<mpsc_byte_ring<>>(in);
  }
  return 0;
}
