// SPDX-License-Identifier: MIT
#pragma once

// A bounded FIFO of records of any size, each contiguous in memory, from any number of producers to one consumer, one order for all.
//
// Who: any thread may claim, push or seal at any time; one thread at a time is the consumer (read, try_peek, release), and handing that
//   role to another thread is the user's synchronisation. An open claim belongs to one thread at a time, and one peek may be open. f may
//   push, but not read. Everything else: any thread. Construction and destruction: alone.
// Progress: no call waits for a peer, but pushing is not lock-free. A producer that stops between its claim and its commit or abort
//   stops the consumer at that record: "nothing there", whatever is behind it, and when the ring is full of that, "full", until it goes on.
//   Of producers that claim at the same time one succeeds, the others try again after a while (ring/back_off.hpp). Reading is wait-free,
//   in steps that go with the bytes that it leaves, which it clears, and has no locked instruction.
// Memory: what the producer did before commit() is visible to the consumer whose f gets that record; what f did is visible to the
//   producer that next uses those bytes.
// Records: 0 .. max_record() bytes, aligned to 8, with a header of 8 bytes each, and now and then padding up to the end of the ring
//   (ring/records.hpp). What was committed with fewer bytes than were claimed is in use, all of it, until the consumer has passed it. What
//   was aborted is free at once, unless others have claimed behind it meanwhile: then it is in use until the consumer comes by, in a read
//   or release of what is in front of it, or else in the next call; no record tells it to make that.
// Capacity: bytes, and all of them can be in use: any multiple of 8, others are refused. For records of up to n bytes 2 * n + 8 are the
//   least, if n is a multiple of 8.
// Errors: the constructor throws std::invalid_argument or std::bad_alloc; make() returns null instead. A claim has bytes, or says why not:
//   full, as far as this thread could see at some moment of the call (release/acquire promises no more), too_large, or sealed.
// Guards: an open claim delays the consumer as a stopped producer does. An open peek, and f while it runs, keeps the room of what has
//   been read since read() was called.
// Seal: by any thread, after its own commits or not. A claim that was open may still be committed. When it is sealed and then found
//   empty_approx(), nothing is left, and nothing will ever come; that a read finds nothing says less.
// Between processes: fixed capacity only (no pointer inside); constructed by one of them before the other uses it.
//
// Algorithm: ring/record_claims.hpp, its two ends and its consumer. Beside those, in grains of 8 bytes:
//   tail        goes back only over an aborted claim that is the last. Sealed: flagged, and moves no more
//   seen_head   a head that a producer has looked at, for the others: they need not ask the consumer's line
//   I1: seen_head <= head <= tail <= head + N     I2: who moved tail over a run of grains owns it until it stores the first
//       header, or moves tail back over the run
//   I3: from head on, each grain that nobody owns is a blank header, or is committed. For the consumer clears all that it leaves before
//       it says so, and so does a producer what it gives back (retract in ring/ends.hpp: whoever claims that next sees it clear). What the
//       consumer finds at its place is blank or committed, never old bytes that look like a header.
// A lap in the header would not do instead: a producer could stop before it has made the next header blank, and bytes that a user chose may
// say anything. What clearing gains: see ring/record_claims.hpp.
// Source: R. Warburton, M. Thompson, T. Montgomery, Agrona's many-to-one ring buffer (2014), for the claim by the tail and the cleared lap.
//
// Edges
//   hand_on  find_room: seen_head.store -> find_room: seen_head.load   clear before write     dies: MpscByteRingModel.EveryOrderIsNeeded

#include <volley/env/bytes.hpp>
#include <volley/env/native.hpp>
#include <volley/ring/back_off.hpp>
#include <volley/ring/ends.hpp>
#include <volley/ring/record_claims.hpp>
#include <volley/ring/record_ring.hpp>
#include <volley/ring/records.hpp>
#include <volley/ring/storage.hpp>

#include <atomic>
#include <cstddef>
#include <memory>

namespace volley {
namespace detail {

template <class Env>
struct mpsc_byte_ring_end {
  static constexpr const char* name = "mpsc_byte_ring";
  static constexpr const char* role = "claim";

  void begin_at(typename Env::index p, std::size_t /*grains*/) noexcept {
    tail.begin_at(p);
    seen_head.store(p, std::memory_order::relaxed);  // ~ init
  }
  static constexpr std::size_t blank_at_first(std::size_t grains) noexcept { return grains; }

  tail_of_many<Env> tail;
  typename Env::template atomic<typename Env::index> seen_head{0};
};

template <class Storage, class Env>
class mpsc_byte_claims : public record_claims<Storage, Env, mpsc_byte_ring_end<Env>> {
  using enum std::memory_order;
  using base = record_claims<Storage, Env, mpsc_byte_ring_end<Env>>;
  using base::end_, base::grains_;

 public:
  using typename base::index;
  using typename base::place;
  static constexpr bool padding_may_be_last = true;  // of short commits, and of aborts

  using base::base;

  place claim(std::size_t n) noexcept {
    back_off<Env> pause;
    for (;; pause()) {
      index tail = end_.tail.now();
      if ((tail & sealed_stamp) != 0) return {tail, 0, 0, claim_error::sealed};
      place mine = grains_.place_at(tail, n);
      if (!find_room(tail, mine.padding + n)) {
        mine.why = claim_error::full;
        return mine;
      }
      if (end_.tail.move(tail, grains_.after(tail, mine.padding + n))) return mine;
    }
  }

  void finish(const place& p, std::size_t n) noexcept {
    const std::size_t used = grains_of(n);
    if (used != p.grains) {
      grains_.place(grains_.after(grains_.record_of(p), used), record_word::padding(p.grains - used));
    }
    end(p, record_word::record(n));
  }
  void drop(const place& p) noexcept {
    const index record = grains_.record_of(p);
    // in front of that nothing was written, and the consumer may look
    grains_.blank(grains_.after(record, 1), p.grains - 1);
    if (!end_.tail.give_back(p.first, grains_.after(record, p.grains))) end(p, record_word::padding(p.grains));
  }

 private:
  /// True when that many grains are free behind this tail.
  bool find_room(index tail, std::size_t n) noexcept {
    const index seen = end_.seen_head.load(acquire);  // <- hand_on: all before is blank
    if (base::room(seen, tail) >= n) return true;
    const index head = base::freed();
    if (base::room(head, tail) < n) return false;
    end_.seen_head.store(head, release);  // -> hand_on: all before is blank
    return true;
  }

  void end(const place& p, record_word word) noexcept {
    if (p.padding != 0) {
      grains_.place(grains_.record_of(p), word);
      word = record_word::padding(p.padding);
    }
    base::publish(p.first, word);
  }
};

}  // namespace detail

template <class Storage, class Env>
using basic_mpsc_byte_ring = detail::record_ring<detail::mpsc_byte_claims<Storage, Env>>;

/// The ring: of fixed capacity in bytes, or of one chosen at run time. A function over any of them takes a
/// basic_mpsc_byte_ring<Storage, Env>&, of which the compiler finds both; of this alias it cannot find the Capacity.
template <std::size_t Capacity = dynamic_capacity, class Env = native, class Allocator = std::allocator<std::byte>>
using mpsc_byte_ring =
    basic_mpsc_byte_ring<typename detail::storage_of<std::byte, detail::grains_in<Capacity>(), Allocator>::type, Env>;

}  // namespace volley
