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
// State, in grains of 8 bytes; positions count laps too (ring/stamps.hpp):
//   tail_         where the next record goes; the producer's own, read by others as a hint
//   room_         grains that are free for sure; the producer's own
//   head_         the next record to read; the consumer's own, and its word that all before it is free
//   header        of the grain at a record's beginning: its length; 0: nothing yet
//   I1: head_ <= tail_ <= head_ + N     I2: the consumer clears what it leaves, its header too, before it says that it is free
//   I3: what the consumer finds at tail_ is a blank header. For the producer makes it blank before the record in front of it is published,
//       unless that one used up the last room: then it is the header at tail_ - N, which the consumer clears before it comes there again.
// So old bytes are never taken for a header. The consumer finds a record by the header beside it: for small records one line moves for both.
// It clears all that it leaves, not only headers, for the sake of the lines: one that its reader has also written is handed over whole
// when the producer comes back to it, one that was only read has to be called in from both. Between three and ten times as many records
// a second came through where that was measured: two CPUs of a Zen 4 guest, records of 56 and 248 bytes.
// Source: J. Giacomoni, T. Moseley, M. Vachharajani, "FastForward for efficient pipeline parallelism" (PPoPP 2008), for the state beside
//   the data; contiguous records: S. Cooke, "The Bip Buffer" (2003).
//
// Edges
//   publish  finish: header.store -> look: header.load            write before read       dies: ByteRingModel.EveryOrderIsNeeded
//   vacate   free_to: head_.store -> look_for_room: head_.load    clear before write      dies: ByteRingModel.EveryOrderIsNeeded

#include <volley/config.hpp>
#include <volley/env/bytes.hpp>
#include <volley/env/native.hpp>
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
class byte_claims {
  using enum std::memory_order;
  using grains = record_grains<Storage, Env>;

 public:
  using index = typename Env::index;
  using role = typename Env::role;
  using memory = typename grains::memory;
  using place = claimed_place<index>;
  static constexpr bool is_dynamic = Storage::is_dynamic;
  static constexpr bool one_producer = true;
  static constexpr bool padding_may_be_last = false;  // it goes in with the record behind it

  byte_claims() noexcept requires(!is_dynamic) { begin(); }
  explicit byte_claims(memory&& from) noexcept requires(is_dynamic) : grains_(std::move(from)) { begin(); }

  std::size_t size() const noexcept { return grains_.size(); }
  static constexpr std::size_t most() noexcept { return grains::most(); }
  std::size_t used() const noexcept {
    const index head = head_.load(relaxed);  // ~ count
    return grains_.between(head, tail_.now());
  }
  index after(index p, std::size_t n) const noexcept { return grains_.after(p, n); }
  role& producer() noexcept { return producer_; }
  role& consumer() noexcept { return consumer_; }

  // ---- the producer ----
  place claim(std::size_t n) noexcept {
    const index tail = tail_.now();
    if ((tail & sealed_stamp) != 0) return {tail, 0, 0, claim_error::sealed};
    place mine = grains_.place_at(tail, n);
    const std::size_t needed = mine.padding + n;
    if (room_ < needed && look_for_room(tail) < needed) mine.why = claim_error::full;
    return mine;
  }
  std::span<std::byte> payload(const place& p, std::size_t n) noexcept {
    return grains_.payload(grains_.record_of(p), n);
  }

  void finish(const place& p, std::size_t n) noexcept {
    const index record = grains_.record_of(p);
    const index end = after(record, grains_of(n));
    room_ -= p.padding + grains_of(n);
    if (room_ != 0) grains_.blank(end, 1);
    index from = p.first;
    tail_.move(from, end);
    record_word word = record_word::record(n);
    if (p.padding != 0) {
      grains_.place(record, word);
      word = record_word::padding(p.padding);
    }
    grains_.header(p.first).store(word.bits(), release);  // -> publish: bytes and header behind it
  }
  void drop(const place&) noexcept {}

  void seal() noexcept { tail_.seal(); }
  bool is_sealed() const noexcept { return tail_.is_sealed(); }

  // ---- the consumer ----
  index head() const noexcept { return head_.load(relaxed); }  // ~ own

  record_word look(index p) noexcept {
    return record_word(grains_.header(p).load(acquire));  // <- publish: bytes and header behind it
  }
  std::span<std::byte> payload(index p, std::size_t n) noexcept { return grains_.payload(p, n); }

  void leave(index p, std::size_t n) noexcept { grains_.blank(p, n); }
  void free_to(index p) noexcept { head_.store(p, release); }  // -> vacate: all before is blank

 private:
  void begin() noexcept {
    tail_.begin_at(grains_.first());
    head_.store(grains_.first(), relaxed);  // ~ init
    grains_.blank(grains_.first(), 1);
    room_ = size();
  }

  /// How many grains are free for sure at this tail.
  std::size_t look_for_room(index tail) noexcept {
    const index head = head_.load(acquire);  // <- vacate: all before is blank
    room_ = size() - grains_.between(head, tail);
    return room_;
  }

  alignas(cache_line) tail_of_one<Env> tail_;
  std::size_t room_ = 0;
  [[no_unique_address]] role producer_{"byte_ring", "producer"};
  alignas(cache_line) typename Env::template atomic<index> head_{0};
  [[no_unique_address]] role consumer_{"byte_ring", "consumer"};
  alignas(cache_line) grains grains_;
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
