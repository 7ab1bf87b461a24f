// SPDX-License-Identifier: MIT
#pragma once

// A bounded FIFO of records of any size, each contiguous in memory, from one producer to one consumer.
//
// Who: one thread at a time is the producer (claim, commit, abort, try_push), one the consumer (read, try_peek, release); handing a role
//   to another thread is the user's synchronisation. One claim and one peek may be open at a time. f may push, but not read. Everything
//   else: any thread. Construction and destruction: alone.
// Progress: wait-free: a fixed number of steps a record, beside those that go with its bytes (the consumer clears what it leaves), and no
//   locked instruction. A stalled peer delays nothing; its record, or the room that it would give back, simply is not there yet.
// Memory: what the producer did before commit() is visible to the consumer whose f gets that record; what f did is visible to the
//   producer that next uses those bytes.
// Records: 0 .. max_record() bytes, aligned to 8, with a header of 8 bytes each, and now and then padding up to the end of the ring
//   (ring/records.hpp). Nothing of an open claim is in the ring: an aborted one leaves no trace, and of one that is committed with fewer
//   bytes those are used, and the padding in front of it, if as many as were claimed did not fit before the end.
// Capacity: bytes, and all of them can be in use: any multiple of 8, others are refused. For records of up to n bytes 2 * n + 8 are the
//   least, if n is a multiple of 8.
// Errors: the constructor throws std::invalid_argument or std::bad_alloc; make() returns null instead. A claim has bytes, or says why not:
//   full, as far as this side could see (release/acquire promises no more), too_large, or sealed.
// Guards: an open claim delays nobody. An open peek, and f while it runs, keeps the room of what has been read since read() was called.
// Seal: by any thread. A claim that was open, or looked before the seal, may still be committed. So only when the producer itself seals,
//   after its last commit, there is an end to find: a consumer that sees is_sealed(), and whose read() then finds nothing, has had all.
// Between processes: fixed capacity only (no pointer inside); constructed by one of them before the other uses it.
//
// Algorithm: ring/record_claims.hpp, its two ends and its consumer. Beside those, in grains of 8 bytes:
//   tail    the producer's own, read by others as a hint
//   room    grains that are free for sure; the producer's own
//   I1: head <= tail <= head + N     I2: the consumer clears what it leaves, its header too, before it says that it is free
//   I3: what the consumer finds at tail is a blank header. For the producer makes it blank before the record in front of it is published,
//       unless that one used up the last room: then it is the header at tail - N, which the consumer clears before it comes there again.
// So old bytes are never taken for a header. The consumer finds a record by the header beside it: for small records one line moves for both.
// Source: J. Giacomoni, T. Moseley, M. Vachharajani, "FastForward for efficient pipeline parallelism" (PPoPP 2008), for the state beside
//   the data; contiguous records: S. Cooke, "The Bip Buffer" (2003).

#include <volley/env/bytes.hpp>
#include <volley/env/native.hpp>
#include <volley/ring/ends.hpp>
#include <volley/ring/record_claims.hpp>
#include <volley/ring/record_ring.hpp>
#include <volley/ring/records.hpp>
#include <volley/ring/storage.hpp>

#include <cstddef>
#include <memory>

namespace volley {
namespace detail {

template <class Env>
struct byte_ring_end {
  static constexpr const char* name = "byte_ring";
  static constexpr const char* role = "producer";

  void begin_at(typename Env::index p, std::size_t grains) noexcept {
    tail.begin_at(p);
    room = grains;
  }
  static constexpr std::size_t blank_at_first(std::size_t /*grains*/) noexcept { return 1; }

  tail_of_one<Env> tail;
  std::size_t room = 0;
};

template <class Storage, class Env>
class byte_claims : public record_claims<Storage, Env, byte_ring_end<Env>> {
  using base = record_claims<Storage, Env, byte_ring_end<Env>>;
  using base::end_, base::grains_;

 public:
  using typename base::index;
  using typename base::place;
  static constexpr bool padding_may_be_last = false;  // it goes in with the record behind it

  using base::base;

  place claim(std::size_t n) noexcept {
    const index tail = end_.tail.now();
    if ((tail & sealed_stamp) != 0) return {tail, 0, 0, claim_error::sealed};
    place mine = grains_.place_at(tail, n);
    const std::size_t needed = mine.padding + n;
    if (end_.room < needed && look_for_room(tail) < needed) mine.why = claim_error::full;
    return mine;
  }

  void finish(const place& p, std::size_t n) noexcept {
    const index record = grains_.record_of(p);
    const index end = grains_.after(record, grains_of(n));
    end_.room -= p.padding + grains_of(n);
    if (end_.room != 0) grains_.blank(end, 1);
    index from = p.first;
    end_.tail.move(from, end);
    record_word word = record_word::record(n);
    if (p.padding != 0) {
      grains_.place(record, word);
      word = record_word::padding(p.padding);
    }
    base::publish(p.first, word);
  }
  void drop(const place&) noexcept {}

 private:
  /// How many grains are free for sure at this tail.
  std::size_t look_for_room(index tail) noexcept { return end_.room = base::room(base::freed(), tail); }
};

}  // namespace detail

template <class Storage, class Env>
using basic_byte_ring = detail::record_ring<detail::byte_claims<Storage, Env>>;

/// The ring: of fixed capacity in bytes, or of one chosen at run time. A function over any of them takes a
/// basic_byte_ring<Storage, Env>&, of which the compiler finds both; of this alias it cannot find the Capacity.
template <std::size_t Capacity = dynamic_capacity, class Env = native, class Allocator = std::allocator<std::byte>>
using byte_ring =
    basic_byte_ring<typename detail::storage_of<std::byte, detail::grains_in<Capacity>(), Allocator>::type, Env>;

}  // namespace volley
