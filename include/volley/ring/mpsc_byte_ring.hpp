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
// State, in grains of 8 bytes; positions count laps too (ring/stamps.hpp):
//   tail_       where the next record goes. It goes back only over an aborted claim that is the last. Sealed: flagged, and moves no more
//   head_       the next record to read; the consumer's own, and its word that all before it is free
//   seen_head_  a head_ that a producer has looked at, for the others: they need not ask the consumer's line
//   header      of the grain at a record's beginning: its length; 0: nothing yet
//   I1: seen_head_ <= head_ <= tail_ <= head_ + N     I2: who moved tail_ over a run of grains owns it until it stores the first
//       header, or moves tail_ back over the run
//   I3: from head_ on, each grain that nobody owns is a blank header, or is committed. For the consumer clears all that it leaves before
//       it says so, and so does a producer what it gives back (retract in ring/ends.hpp: whoever claims that next sees it clear). What the
//       consumer finds at its place is blank or committed, never old bytes that look like a header.
// A lap in the header would not do instead: a producer could stop before it has made the next header blank, and bytes that a user chose may
// say anything. What clearing costs, and gains: see byte_ring.hpp.
// Source: R. Warburton, M. Thompson, T. Montgomery, Agrona's many-to-one ring buffer (2014), for the claim by the tail and the cleared lap.
//
// Edges
//   publish  end: header.store -> look: header.load               write before read       dies: MpscByteRingModel.EveryOrderIsNeeded
//   vacate   free_to: head_.store -> find_room: head_.load        clear before write      dies: MpscByteRingModel.EveryOrderIsNeeded
//   hand_on  find_room: seen_head_.store -> seen_head_.load       clear before write      dies: MpscByteRingModel.EveryOrderIsNeeded

#include <volley/config.hpp>
#include <volley/env/bytes.hpp>
#include <volley/env/native.hpp>
#include <volley/ring/back_off.hpp>
#include <volley/ring/ends.hpp>
#include <volley/ring/record_ring.hpp>
#include <volley/ring/records.hpp>
#include <volley/ring/storage.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace volley {
namespace detail {

template <class Storage, class Env>
class mpsc_byte_claims {
  using enum std::memory_order;
  using grains = record_grains<Storage, Env>;

 public:
  using index = typename Env::index;
  using role = typename Env::role;
  using memory = typename grains::memory;
  using place = claimed_place<index>;
  static constexpr bool is_dynamic = Storage::is_dynamic;
  static constexpr bool one_producer = false;
  static constexpr bool padding_may_be_last = true;  // of short commits, and of aborts

  mpsc_byte_claims() noexcept requires(!is_dynamic) { begin(); }
  explicit mpsc_byte_claims(memory&& from) noexcept requires(is_dynamic) : grains_(std::move(from)) { begin(); }

  std::size_t size() const noexcept { return grains_.size(); }
  static constexpr std::size_t most() noexcept { return grains::most(); }
  std::size_t used() const noexcept {
    const index head = head_.load(relaxed);  // ~ count
    return grains_.between(head, tail_.now());
  }
  index after(index p, std::size_t n) const noexcept { return grains_.after(p, n); }
  role& producer() noexcept { return producer_; }
  role& consumer() noexcept { return consumer_; }

  // ---- producers ----
  place claim(std::size_t n) noexcept {
    back_off<Env> pause;
    for (;; pause()) {
      index tail = tail_.now();
      if ((tail & sealed_stamp) != 0) return {tail, 0, 0, claim_error::sealed};
      place mine = grains_.place_at(tail, n);
      if (!find_room(tail, mine.padding + n)) {
        mine.why = claim_error::full;
        return mine;
      }
      if (tail_.move(tail, after(tail, mine.padding + n))) return mine;
    }
  }
  std::span<std::byte> payload(const place& p, std::size_t n) noexcept {
    return grains_.payload(grains_.record_of(p), n);
  }

  void finish(const place& p, std::size_t n) noexcept {
    const std::size_t used = grains_of(n);
    if (used != p.grains) {
      grains_.place(after(grains_.record_of(p), used), record_word::padding(p.grains - used));
    }
    end(p, record_word::record(n));
  }
  void drop(const place& p) noexcept {
    const index record = grains_.record_of(p);
    grains_.blank(after(record, 1), p.grains - 1);  // in front of that nothing was written, and the consumer may look
    if (!tail_.give_back(p.first, after(record, p.grains))) end(p, record_word::padding(p.grains));
  }

  void seal() noexcept { tail_.seal(); }
  bool is_sealed() const noexcept { return tail_.is_sealed(); }

  // ---- the consumer ----
  index head() const noexcept { return head_.load(relaxed); }  // ~ own

  record_word look(index p) noexcept {
    return record_word(grains_.header(p).load(acquire));  // <- publish: the bytes and the headers behind it
  }
  std::span<std::byte> payload(index p, std::size_t n) noexcept { return grains_.payload(p, n); }

  void leave(index p, std::size_t n) noexcept { grains_.blank(p, n); }
  void free_to(index p) noexcept { head_.store(p, release); }  // -> vacate: all before is blank

 private:
  void begin() noexcept {
    tail_.begin_at(grains_.first());
    head_.store(grains_.first(), relaxed);       // ~ init
    seen_head_.store(grains_.first(), relaxed);  // ~ init
    grains_.blank(grains_.first(), size());
  }

  /// True when that many grains are free behind this tail.
  bool find_room(index tail, std::size_t n) noexcept {
    const index seen = seen_head_.load(acquire);  // <- hand_on: all before is blank
    if (size() - grains_.between(seen, tail) >= n) return true;
    const index head = head_.load(acquire);  // <- vacate: all before is blank
    if (size() - grains_.between(head, tail) < n) return false;
    seen_head_.store(head, release);  // -> hand_on: all before is blank
    return true;
  }

  void end(const place& p, record_word word) noexcept {
    if (p.padding != 0) {
      grains_.place(grains_.record_of(p), word);
      word = record_word::padding(p.padding);
    }
    grains_.header(p.first).store(word.bits(), release);  // -> publish: the bytes and the headers behind it
  }

  alignas(cache_line) tail_of_many<Env> tail_;
  typename Env::template atomic<index> seen_head_{0};
  [[no_unique_address]] role producer_{"mpsc_byte_ring", "claim"};
  alignas(cache_line) typename Env::template atomic<index> head_{0};
  [[no_unique_address]] role consumer_{"mpsc_byte_ring", "consumer"};
  alignas(cache_line) grains grains_;
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
