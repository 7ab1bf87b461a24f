// SPDX-License-Identifier: MIT
#pragma once

// The face of a ring of records: claims, pushes, reads and peeks, written once over what claims. Who may call what, progress and memory
// are the claims' own: see the header that names the ring.
//
// Claims is the algorithm, all of it noexcept; lengths are in grains of 8 bytes (ring/records.hpp), positions of type index.
//   claim(n) -> place     n grains one behind the other, or why not      finish(place, n)  the record is in, with n bytes
//   drop(place)           there will be no record                        payload(place, n) where its bytes are
//   head() -> index       where the consumer is                          look(p) -> word   what the header there says, blank if nothing yet
//   leave(p, n)           the consumer is done with n grains at p        free_to(p)        all before p may be claimed again
//   producer(), consumer()   the roles; one_producer     seal(), is_sealed(), used(), size(), most()
//   padding_may_be_last   there may be padding that no record comes behind. The consumer passes it with what is in front of it, or a ring
//                         without a record would be full until it is read once more, which nothing tells its consumer to do

#include <volley/env/role.hpp>
#include <volley/ring/records.hpp>
#include <volley/ring/storage.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace volley::detail {

template <class Claims>
class record_ring {
  using index = typename Claims::index;
  using memory = typename Claims::memory;

 public:
  using allocator_type = typename memory::allocator_type;
  using claim_type = record_claim<record_ring>;
  using peek_type = peeked_record<record_ring>;
  using place = claimed_place<index>;  // for record_claim
  using env = typename Claims::env;
  /// Its capacity is chosen at run time; one thread at a time claims; one reads.
  static constexpr bool is_dynamic = Claims::is_dynamic;
  static constexpr bool one_producer = Claims::one_producer;
  static constexpr bool one_consumer = true;

  record_ring() requires(!Claims::is_dynamic) = default;

  /// capacity: bytes, headers and padding included; a multiple of 8, 8 .. max_capacity().
  explicit record_ring(std::size_t capacity, const allocator_type& a = {}) requires(Claims::is_dynamic)
      : record_ring(memory(checked_grains(capacity), a)) {}

  record_ring(const record_ring&) = delete;
  record_ring& operator=(const record_ring&) = delete;
  ~record_ring() = default;

  /// The way in without exceptions: null where the constructor would throw.
  static std::unique_ptr<record_ring> make(std::size_t capacity, const allocator_type& a = {}) noexcept
      requires(Claims::is_dynamic) {
    auto from = try_memory(capacity, a);
    return from ? std::unique_ptr<record_ring>(new (std::nothrow) record_ring(std::move(*from))) : nullptr;
  }

  /// Producer. size bytes to write a record to, 0 .. max_record(); commit() lets it in. If there are none, why() says the reason: sealed
  /// before too_large, too_large before full. A claim of 0 bytes is one too: true, with bytes() empty.
  claim_type claim(std::size_t size) noexcept {
    [[maybe_unused]] const auto acting = act_in<Claims::one_producer>(claims_.producer());
    if (size > max_record()) return claim_type({{}, 0, 0, is_sealed() ? claim_error::sealed : claim_error::too_large});
    const place mine = claims_.claim(grains_of(size));
    if (mine.why != claim_error::none) return claim_type(mine);
    claims_.producer().open();
    return {*this, mine, claims_.payload(mine, size)};
  }

  /// Producer. Puts a copy of these bytes in as one record; none: it is in.
  [[nodiscard]] claim_error try_push(std::span<const std::byte> record) noexcept {
    claim_type mine = claim(record.size());
    const claim_error why = mine.why();
    if (why == claim_error::none) {
      std::copy(record.begin(), record.end(), mine.bytes().begin());
      mine.commit();
    }
    return why;
  }

  /// Any thread. No claim that begins after it has bytes; records go out as before.
  void seal() noexcept { claims_.seal(); }
  /// Any thread. True also says that what was done before seal() can be seen here.
  bool is_sealed() const noexcept { return claims_.is_sealed(); }

  /// Consumer. f(std::span<const std::byte>) for the records that are there, oldest first, at most `limit` and at most one lap of them;
  /// returns how many. Their bytes are given back together, at the end. If f throws, its record is gone, and what is behind it stays.
  template <class F>
  std::size_t read(F&& f, std::size_t limit = (std::numeric_limits<std::size_t>::max)()) {
    [[maybe_unused]] const auto acting = claims_.consumer().act_unguarded();
    reading on{claims_};
    std::size_t records = 0;
    for (; records != limit && on.find(); ++records) on.one(f);
    return records;
  }

  /// Consumer. The oldest record in place; nothing when empty. Until it ends, no read and no other peek.
  peek_type try_peek() noexcept {
    [[maybe_unused]] const auto acting = claims_.consumer().act_unguarded();
    reading on{claims_};
    if (!on.find()) return {};
    claims_.consumer().open();
    return {*this, on.bytes()};
  }

  /// Consumer. A look that takes nothing: whether a read is worth a try. True and then nothing happens where a claim was aborted.
  [[nodiscard]] bool front_is_ready() noexcept { return claims_.look(claims_.head()).is_there(); }

  /// Any thread. Bytes, headers and padding included: exactly what was asked for.
  std::size_t capacity() const noexcept { return claims_.size() * grain; }
  static constexpr std::size_t max_capacity() noexcept { return Claims::most() * grain; }

  /// Any thread. The largest record, in bytes: of a ring of N grains, (N + 1) / 2 grains less the one of its header. On a drained ring, one
  /// whose size_approx() is 0 when all is quiet, a claim of so many succeeds, always.
  std::size_t max_record() const noexcept { return max_record_of(claims_.size()); }
  /// The same of a ring of that capacity, or 0 where there is none. (A ring of 8 or 16 bytes has 0 too: its records are empty.)
  static constexpr std::size_t max_record(std::size_t capacity) noexcept {
    return is_capacity(capacity) ? max_record_of(capacity / grain) : 0;
  }

  /// Any thread. Bytes that are in use, headers and padding included, 0 .. capacity(): exact when all is quiet, a guess otherwise.
  std::size_t size_approx() const noexcept { return claims_.used() * grain; }
  bool empty_approx() const noexcept { return size_approx() == 0; }

 private:
  friend claim_type;
  friend peek_type;
  friend ring_maker;

  explicit record_ring(memory&& from) noexcept requires(Claims::is_dynamic) : claims_(std::move(from)) {}

  static constexpr bool is_capacity(std::size_t bytes) noexcept {
    return bytes != 0 && bytes <= max_capacity() && bytes % grain == 0;
  }
  static std::optional<memory> try_memory(std::size_t capacity, const allocator_type& a) noexcept {
    if (!is_capacity(capacity)) return std::nullopt;
    auto from = memory::try_make(capacity / grain, a);
    return from ? std::optional<memory>(std::move(from)) : std::nullopt;
  }
  static std::size_t checked_grains(std::size_t bytes) {
    if (!is_capacity(bytes)) {
      refuse_capacity("volley: a byte ring's capacity is a multiple of 8 bytes, 8 at least, max_capacity() at most");
    }
    return bytes / grain;
  }

  void end_claim(const place& p, std::size_t n) noexcept {
    claims_.finish(p, n);
    claims_.producer().close();
  }
  void end_claim(const place& p) noexcept {
    claims_.drop(p);
    claims_.producer().close();
  }
  void end_peek(std::size_t size, bool taken) noexcept {
    if (taken) {
      reading on{claims_};
      on.word = record_word::record(size);
      on.pass();
    }
    claims_.consumer().close();
  }

  /// The consumer's place while it reads: what it passed is given back together when it ends, also when f threw.
  struct reading {
    Claims& claims;
    const index from = claims.head();
    index head = from;
    record_word word{0};  // what was seen there last, or just before it

    ~reading() {
      if constexpr (Claims::padding_may_be_last) {
        if (word.is_there()) find();
      }
      if (head != from) claims.free_to(head);
    }

    /// True when there is a record at head. Padding is passed on the way.
    bool find() noexcept {
      while ((word = claims.look(head)).is_there() && word.is_padding()) pass();
      return word.is_there();
    }
    std::span<const std::byte> bytes() const noexcept { return claims.payload(head, word.length()); }
    template <class F>
    void one(F& f) {
      struct passing {
        reading& on;
        ~passing() { on.pass(); }
      } const after{*this};
      f(bytes());
    }
    void pass() noexcept {
      claims.leave(head, word.grains());
      head = claims.after(head, word.grains());
    }
  };

  Claims claims_;
};

}  // namespace volley::detail
