// SPDX-License-Identifier: MIT
#pragma once

// Records of any size, one behind the other in a ring of bytes: how they lie, and what claim() and try_peek() return.
//
//   record    | header: 8 bytes | payload: 0 .. max_record() bytes | up to 7 bytes to the next multiple of 8 |
// All of it is counted in grains of 8 bytes, and starts at one: every payload is aligned to 8. A record is never cut in two: where it does
// not fit before the end of the ring, a record of padding takes the rest of the lap, and it starts at the beginning.
//
// Progress: nothing here waits.
// Memory: nothing here orders anything; the ring that is named by its own header does.
//
// max_record(): in a ring of N grains, drained, that stands at grain o, a record of r grains finds room before the end if r <= N - o, and
// behind the padding if r <= o. The larger of the two is smallest in the middle: (N + 1) / 2 grains fit at every o, whatever was in
// there before, and more than that do not. So that is the limit, always: what was claimed once can be claimed again when the ring is
// drained. Only then: as long as it never is, a large claim may be refused for ever while smaller ones succeed.

#include <volley/ring/stamps.hpp>
#include <volley/ring/storage.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

namespace volley {

/// Why a claim has no bytes.
enum class claim_error : std::uint8_t {
  none,       ///< it has them
  full,       ///< no room as far as could be seen; on a drained ring there is, for sure
  too_large,  ///< more than max_record(): there never will be
  sealed,     ///< the ring is sealed
};

constexpr std::string_view to_string(claim_error e) noexcept {
  switch (e) {
    case claim_error::none:
      return "none";
    case claim_error::full:
      return "full";
    case claim_error::too_large:
      return "too large";
    case claim_error::sealed:
      return "sealed";
  }
  return "unknown";
}

namespace detail {

inline constexpr std::size_t grain = 8;

/// Grains of a record, with its header. No overflow: nothing larger than a ring comes here.
constexpr std::size_t grains_of(std::size_t payload) noexcept { return 1 + (payload + grain - 1) / grain; }

/// A fixed capacity in grains.
template <std::size_t Bytes>
constexpr std::size_t grains_in() noexcept {
  static_assert(Bytes % grain == 0, "the capacity of a byte ring is a multiple of 8 bytes");
  return Bytes / grain;
}

constexpr std::size_t max_record_of(std::size_t grains) noexcept { return ((grains + 1) / 2 - 1) * grain; }

/// What a header says: nothing yet (0), or how many bytes lie behind it, as a payload or as padding.
class record_word {
 public:
  explicit constexpr record_word(std::uint64_t bits) noexcept : bits_(bits) {}

  static constexpr record_word record(std::size_t payload) noexcept {
    return record_word(std::uint64_t{payload} << 2 | there);
  }
  /// That many grains, the header among them.
  static constexpr record_word padding(std::size_t grains) noexcept {
    return record_word(std::uint64_t{(grains - 1) * grain} << 2 | padded | there);
  }

  constexpr std::uint64_t bits() const noexcept { return bits_; }
  constexpr bool is_there() const noexcept { return (bits_ & there) != 0; }
  constexpr bool is_padding() const noexcept { return (bits_ & padded) != 0; }
  constexpr std::size_t length() const noexcept { return static_cast<std::size_t>(bits_ >> 2); }
  constexpr std::size_t grains() const noexcept { return grains_of(length()); }

 private:
  static constexpr unsigned there = 1;
  static constexpr unsigned padded = 2;

  std::uint64_t bits_;
};

/// What a claim got: padding grains from position `first` on, then those of the record. Nothing unless why is none.
template <class Index>
struct claimed_place {
  Index first;
  std::size_t padding;
  std::size_t grains;
  claim_error why;
};

/// The memory of a ring of records and its geometry.
template <class Storage, class Env>
class record_grains {
  using index = typename Env::index;
  using header_type = typename Env::template atomic<std::uint64_t>;
  using bytes = typename Env::template bytes<Storage, header_type>;
  using stamps = detail::stamps<index, slots_of<Storage>>;

 public:
  using memory = typename bytes::memory;

  record_grains() noexcept requires(!Storage::is_dynamic) {
    static_assert(slots_of<Storage> <= most(), "so many grains, and the laps beside them, do not fit into Env::index");
  }
  explicit record_grains(memory&& from) noexcept requires(Storage::is_dynamic) : bytes_(std::move(from)) {}

  std::size_t size() const noexcept { return bytes_.size(); }
  static constexpr std::size_t most() noexcept {
    return (std::min)(stamps::most_slots(), detail::most_slots<index, header_type>());
  }

  index first() const noexcept { return at_.first(Env::first_index); }
  index after(index p, std::size_t grains) const noexcept { return at_.after(p, grains); }
  std::size_t between(index head, index tail) const noexcept { return at_.between(head, tail); }

  /// Where a record would go that is claimed at this tail.
  claimed_place<index> place_at(index tail, std::size_t grains) const noexcept {
    const std::size_t to_the_end = size() - at_.slot(tail);
    return {tail, grains <= to_the_end ? 0 : to_the_end, grains, claim_error::none};
  }
  index record_of(const claimed_place<index>& p) const noexcept {
    return p.padding == 0 ? p.first : after(p.first, p.padding);
  }

  header_type& header(index p) noexcept { return bytes_.header(at_.slot(p)); }
  void place(index p, record_word word) noexcept { bytes_.place(at_.slot(p), word.bits()); }
  /// Blank headers from p on, not beyond the end of the ring.
  void blank(index p, std::size_t grains) noexcept {
    const std::size_t from = at_.slot(p);
    for (std::size_t i = 0; i != grains; ++i) bytes_.place(from + i, 0);
  }
  std::span<std::byte> payload(index p, std::size_t n) noexcept { return bytes_.behind(at_.slot(p), n); }

 private:
  bytes bytes_;
  [[no_unique_address]] stamps at_{size()};
};

}  // namespace detail

/// Bytes for a record, for the thread that claimed them: contiguous, aligned to 8. commit() lets the record in; what was not committed
/// when this ends is aborted. It can be moved, and must end before the ring does. Whether a claim succeeded is what it says as a bool:
/// one of 0 bytes has empty bytes(), and is committed or aborted like any other.
template <class Ring>
class [[nodiscard]] record_claim {
  using place = typename Ring::place;
  friend Ring;

 public:
  record_claim(record_claim&& other) noexcept
      : ring_(std::exchange(other.ring_, nullptr)), place_(other.place_), bytes_(std::exchange(other.bytes_, {})) {}
  record_claim& operator=(record_claim&&) = delete;
  ~record_claim() { abort(); }

  /// True while it is open: claimed, and neither committed nor aborted.
  explicit operator bool() const noexcept { return ring_ != nullptr; }
  /// Why there never were any.
  claim_error why() const noexcept { return place_.why; }
  std::span<std::byte> bytes() const noexcept { return bytes_; }

  /// The record is in, with the first n of the bytes, n at most bytes().size(), or with all of them.
  void commit(std::size_t n) noexcept {
    const std::size_t size = std::exchange(bytes_, {}).size();
    if (ring_ != nullptr) std::exchange(ring_, nullptr)->end_claim(place_, (std::min)(n, size));
  }
  void commit() noexcept { commit(bytes_.size()); }

  /// There will be no record. Its room is free again; where others have claimed behind it (mpsc_byte_ring), when the consumer comes by.
  void abort() noexcept {
    bytes_ = {};
    if (ring_ != nullptr) std::exchange(ring_, nullptr)->end_claim(place_);
  }

 private:
  explicit record_claim(const place& none) noexcept : ring_(nullptr), place_(none) {}
  record_claim(Ring& ring, const place& where, std::span<std::byte> bytes) noexcept
      : ring_(&ring), place_(where), bytes_(bytes) {}

  Ring* ring_;
  place place_;
  std::span<std::byte> bytes_;
};

/// The oldest record in place, for the consumer. Without release() it stays. It can be moved, and must end before the ring does.
template <class Ring>
class [[nodiscard]] peeked_record {
  friend Ring;

 public:
  peeked_record(peeked_record&& other) noexcept
      : ring_(std::exchange(other.ring_, nullptr)), bytes_(std::exchange(other.bytes_, {})) {}
  peeked_record& operator=(peeked_record&&) = delete;
  ~peeked_record() { end(false); }

  explicit operator bool() const noexcept { return ring_ != nullptr; }
  std::span<const std::byte> bytes() const noexcept { return bytes_; }

  /// The record is gone, its bytes are free, and nothing is peeked any more.
  void release() noexcept { end(true); }

 private:
  peeked_record() noexcept = default;
  peeked_record(Ring& ring, std::span<const std::byte> bytes) noexcept : ring_(&ring), bytes_(bytes) {}

  void end(bool taken) noexcept {
    const std::size_t size = std::exchange(bytes_, {}).size();
    if (ring_ != nullptr) std::exchange(ring_, nullptr)->end_peek(size, taken);
  }

  Ring* ring_ = nullptr;
  std::span<const std::byte> bytes_;
};

}  // namespace volley
