// SPDX-License-Identifier: MIT
#pragma once

// What the claims of byte_ring and mpsc_byte_ring share: the two ends of a ring of records, how a record gets in, and all of the consumer.
// They add how room is claimed and given back; their headers say who may call what, and what that promises.
//
// Progress: each operation here is a fixed number of steps, but for those that go with the bytes that the consumer leaves.
// Memory: what was done to a record before publish is visible to who looks at its header; before free_to, to who sees it freed.
//
// State, in grains of 8 bytes; positions count laps too (ring/stamps.hpp):
//   end_.tail   where the next record goes (ring/ends.hpp)
//   head_       the next record to read; the consumer's own, and its word that all before it is free
//   header      of the grain at a record's beginning: its length; 0: nothing yet
// What the consumer finds at its place is a blank header or a committed one, never old bytes that look like one: how the grain behind the
// last record comes to be blank is what the two say of themselves. It clears all that it leaves, not only headers, for the sake of the
// lines too: one that its reader has also written is handed over whole when the producer comes back to it, one that was only read has to
// be called in from both. Between three and ten times as many records a second came through byte_ring where that was measured: two CPUs of
// a Zen 4 guest, records of 56 and 248 bytes.
//
// Edges
//   publish  publish: header.store -> look: header.load    write before read     dies: ByteRingModel.EveryOrderIsNeeded,
//                                                                                      MpscByteRingModel.EveryOrderIsNeeded
//   vacate   free_to: head_.store -> freed: head_.load     clear before write    dies: ByteRingModel.EveryOrderIsNeeded,
//                                                                                      MpscByteRingModel.EveryOrderIsNeeded

#include <volley/config.hpp>
#include <volley/ring/ends.hpp>
#include <volley/ring/records.hpp>

#include <atomic>
#include <cstddef>
#include <span>
#include <utility>

namespace volley::detail {

/// End: `tail`, and what producers know about the room, in one line: begin_at(p, grains) when all of them are free; how many are to be
/// `blank_at_first`; `name` of the ring, and `role` of who claims.
template <class Storage, class Env, class End>
class record_claims {
  using enum std::memory_order;

 protected:
  using grains = record_grains<Storage, Env>;

 public:
  using env = Env;
  using index = typename Env::index;
  using role = typename Env::role;
  using memory = typename grains::memory;
  using place = claimed_place<index>;
  static constexpr bool is_dynamic = Storage::is_dynamic;
  static constexpr bool one_producer = !decltype(End::tail)::is_shared;

  record_claims() noexcept requires(!is_dynamic) { begin(); }
  explicit record_claims(memory&& from) noexcept requires(is_dynamic) : grains_(std::move(from)) { begin(); }

  std::size_t size() const noexcept { return grains_.size(); }
  static constexpr std::size_t most() noexcept { return grains::most(); }
  std::size_t used() const noexcept {
    const index head = head_.load(relaxed);  // ~ count
    return grains_.between(head, end_.tail.now());
  }
  index after(index p, std::size_t n) const noexcept { return grains_.after(p, n); }
  role& producer() noexcept { return producer_; }
  role& consumer() noexcept { return consumer_; }

  std::span<std::byte> payload(const place& p, std::size_t n) noexcept {
    return grains_.payload(grains_.record_of(p), n);
  }

  void seal() noexcept { end_.tail.seal(); }
  bool is_sealed() const noexcept { return end_.tail.is_sealed(); }

  // ---- the consumer ----
  index head() const noexcept { return head_.load(relaxed); }  // ~ own

  record_word look(index p) noexcept {
    return record_word(grains_.header(p).load(acquire));  // <- publish: the bytes and the headers behind it
  }
  std::span<std::byte> payload(index p, std::size_t n) noexcept { return grains_.payload(p, n); }

  void leave(index p, std::size_t n) noexcept { grains_.blank(p, n); }
  void free_to(index p) noexcept { head_.store(p, release); }  // -> vacate: all before is blank

 protected:
  /// How far the consumer has come.
  index freed() const noexcept { return head_.load(acquire); }  // <- vacate: all before is blank
  /// How many grains are free at this tail when all before that head are.
  std::size_t room(index head, index tail) const noexcept { return size() - grains_.between(head, tail); }

  /// Lets in what was claimed from p on: this word is the first header.
  void publish(index p, record_word word) noexcept {
    grains_.header(p).store(word.bits(), release);  // -> publish: the bytes and the headers behind it
  }

  // One access for all of them: of several a class is not of standard layout.
  alignas(cache_line) End end_;
  [[no_unique_address]] role producer_{End::name, End::role};
  alignas(cache_line) typename Env::template atomic<index> head_{0};
  [[no_unique_address]] role consumer_{End::name, "consumer"};
  alignas(cache_line) grains grains_;

 private:
  void begin() noexcept {
    end_.begin_at(grains_.first(), size());
    head_.store(grains_.first(), relaxed);  // ~ init
    grains_.blank(grains_.first(), End::blank_at_first(size()));
  }
};

}  // namespace volley::detail
