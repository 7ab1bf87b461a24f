// SPDX-License-Identifier: MIT
#pragma once

// Programs over byte_ring and mpsc_byte_ring for the model. Sizes are in grains of 8 bytes; the payload of each record looks like a header,
// of a record or of padding, so that old bytes would be taken for a record if that could be.

#include <volley/ring/byte_ring.hpp>
#include <volley/ring/mpsc_byte_ring.hpp>

#include "bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace model::byte_rings {

// A lap or two before a stamp of eight bits starts again at 0.
using near_wrap = volley::basic_model<240>;

template <std::size_t Grains, class Env = near_wrap>
using byte_ring = volley::byte_ring<Grains * 8, Env>;
template <std::size_t Grains, class Env = near_wrap>
using mpsc_byte_ring = volley::mpsc_byte_ring<Grains * 8, Env>;

/// What the i-th record of a producer is: its size, and what it is filled with.
struct shape {
  std::size_t most;  // bytes, as the ring's max_record()

  std::size_t size(unsigned i) const {
    constexpr std::size_t sizes[] = {8, 0, 3, 16, 9};
    return std::min(sizes[i % 5], most);
  }
  static std::uint64_t word(unsigned producer, unsigned i) {
    return std::uint64_t{i} << 6 | std::uint64_t{producer} << 3 | (1 + 2 * (i % 2));
  }
  bool is(std::span<const std::byte> record, unsigned producer, unsigned i) const {
    return record.size() == size(i) && read(record, word(producer, i));
  }
};

enum class way { whole, fewer, with_aborts };

/// Puts the i-th record in if there is room: as claimed, from a claim that was larger, or, at the first try, after a claim that was aborted.
template <way Way = way::whole, class Ring>
volley::claim_error put(Ring& ring, unsigned producer, unsigned i, bool first_try = true) {
  const shape records{ring.max_record()};
  if (Way == way::with_aborts && first_try) {
    auto none = ring.claim(records.most);
    if (none) write(none.bytes(), shape::word(7, i));
  }
  auto claim = ring.claim(Way == way::fewer ? records.most : records.size(i));
  if (!claim) return claim.why();
  require(claim.bytes().size() >= records.size(i), "as many as were asked for");
  write(claim.bytes(), shape::word(producer, i));
  claim.commit(records.size(i));
  return volley::claim_error::none;
}

/// Takes records in order, at most `limit`; how many.
template <class Ring>
unsigned take(Ring& ring, unsigned& next, std::size_t limit) {
  const shape records{ring.max_record()};
  return static_cast<unsigned>(ring.read(
      [&](std::span<const std::byte> got) {
        require(records.is(got, 0, next), "in order, whole, each once");
        ++next;
      },
      limit));
}
template <class Ring>
unsigned take_peeked(Ring& ring, unsigned& next) {
  const shape records{ring.max_record()};
  { (void)ring.try_peek(); }  // one that is not released takes nothing
  auto got = ring.try_peek();
  if (!got) return 0;
  require(records.is(got.bytes(), 0, next), "in order, whole, each once");
  got.release();
  ++next;
  return 1;
}

/// Everything goes through, in order; both sides try until they succeed.
template <class Ring, unsigned Items, way Way = way::whole, std::size_t Limit = 1>
struct stream : scenario {
  static constexpr int threads = 2;
  Ring ring;

  void thread(unsigned which) override {
    unsigned next = 0;
    bool idle = false;
    while (next != Items) {
      if (which == 0) {
        idle = put<Way>(ring, 0, next, !idle) != volley::claim_error::none;
        next += idle ? 0 : 1;
      } else {
        idle = (Limit == 0 ? take_peeked(ring, next) : take(ring, next, Limit)) == 0;
      }
      if (idle) volley::modelled::relax();
    }
  }
  void after() override { require(Way == way::with_aborts || ring.size_approx() % 8 == 0, "in grains"); }
};

/// Each side tries `Tries` times: what is read is a prefix of what was put in, and the rest is inside.
template <class Ring, unsigned Tries, unsigned MostSteps>
struct tries : scenario {
  static constexpr int threads = 2;
  Ring ring;
  plain<unsigned> in{0};
  plain<unsigned> out{0};

  void thread(unsigned which) override {
    unsigned done = 0;
    for (unsigned i = 0; i != Tries; ++i) {
      const unsigned before = steps::taken();
      if (which == 0) {
        const bool put_one = put(ring, 0, done) == volley::claim_error::none;
        require(put_one || done != 0, "the first has room for sure");
        done += put_one ? 1 : 0;
      } else {
        (void)take(ring, done, 1);
      }
      require(steps::taken() - before <= MostSteps, "a bounded number of steps");
    }
    (which == 0 ? in : out).set(done);
  }
  void after() override {
    unsigned next = out.get();
    while (take(ring, next, 1) != 0) {
    }
    require(next == in.get(), "nothing is lost");
    require(ring.size_approx() == 0, "drained");
    auto claim = ring.claim(ring.max_record());
    require(bool{claim}, "the largest record fits into a drained ring, wherever it stands");
  }
};

/// A third thread asks for the size meanwhile.
template <class Ring>
struct watched : scenario {
  static constexpr int threads = 3;
  Ring ring;

  void thread(unsigned which) override {
    unsigned next = 0;
    for (unsigned i = 0; i != 3; ++i) {
      if (which == 0) (void)put(ring, 0, i);
      if (which == 1) (void)take(ring, next, 1);
      if (which == 2) require(ring.size_approx() <= ring.capacity(), "0 .. capacity, whatever is seen");
    }
  }
};

/// A third thread seals. What was put in is delivered; nothing that is claimed after the seal was seen is.
template <class Ring>
struct sealing : scenario {
  static constexpr int threads = 3;
  Ring ring;
  plain<unsigned> in{0};
  plain<unsigned> out{0};

  void thread(unsigned which) override {
    if (which == 2) return ring.seal();
    unsigned done = 0;
    for (unsigned i = 0; i != 3; ++i) {
      if (which == 0) {
        const bool was_sealed = ring.is_sealed();
        const auto why = put(ring, 0, done);
        require(!was_sealed || why == volley::claim_error::sealed, "nothing after the seal");
        done += why == volley::claim_error::none ? 1 : 0;
      } else {
        (void)take(ring, done, 1);
      }
    }
    (which == 0 ? in : out).set(done);
  }
  void after() override {
    unsigned next = out.get();
    while (take(ring, next, 1) != 0) {
    }
    require(next == in.get() && ring.empty_approx(), "what went in comes out");
  }
};

/// What one consumer has seen of several producers. Empty records are all alike: they are counted.
template <unsigned Producers>
struct seen_by_one {
  const shape records;
  std::array<unsigned, Producers> next{};
  unsigned empty = 0;

  void see(std::span<const std::byte> got) {
    if (got.empty()) return (void)++empty;
    for (unsigned producer = 0; producer != Producers; ++producer) {
      const unsigned i = after_empty(next[producer]);
      if (!records.is(got, producer, i)) continue;
      next[producer] = i + 1;
      return;
    }
    require(false, "each once, whole, those of one producer in their order");
  }
  void require_all(unsigned each) const {
    unsigned expected = 0;
    for (unsigned i = 0; i != each; ++i) expected += records.size(i) == 0 ? Producers : 0;
    require(empty == expected, "empty records too");
  }
  unsigned after_empty(unsigned i) const { return records.size(i) == 0 ? i + 1 : i; }
};

/// Each producer puts its records in until all are; one consumer takes them all, each producer's in their order.
template <class Ring, unsigned Producers, unsigned Each, way Way = way::whole, std::size_t Limit = 1>
struct through : scenario {
  static constexpr int threads = Producers + 1;
  Ring ring;

  void thread(unsigned which) override {
    if (which != Producers) {
      for (unsigned i = 0; i != Each; ++i) {
        for (bool first = true; put<Way>(ring, which, i, first) != volley::claim_error::none; first = false) {
          volley::modelled::relax();
        }
      }
      return;
    }
    seen_by_one<Producers> seen{{ring.max_record()}};
    const auto see = [&](std::span<const std::byte> got) { seen.see(got); };
    for (unsigned all = 0; all != Producers * Each;) {
      const auto n = static_cast<unsigned>(ring.read(see, Limit));
      all += n;
      if (n == 0) volley::modelled::relax();
    }
    seen.require_all(Each);
  }
};

}  // namespace model::byte_rings
