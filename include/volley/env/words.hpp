// SPDX-License-Identifier: MIT
#pragma once

// A trivially copyable value as atomic words: for what is read while another thread may be overwriting it, as behind a seqlock. No
// word is torn and nothing here is a data race; but the words may be of different values, and only a stamp beside them, read before
// and after, can tell. Until it has told, what was read is an image: bytes, not yet a T.
//
//   writer: stamp.store(odd, release)   words.store(value)   stamp.store(even, release)
//   reader: stamp.load(acquire)         words.load()         stamp.load(acquire or relaxed): the same as before? then value_of(image)
//
// Whoever reads one word of a value also sees every stamp that was stored before it: that is what the orders of the words are for,
// in the place of fences, which ThreadSanitizer cannot see. On x86 they cost nothing.
// Source: H.-J. Boehm, "Can seqlocks get along with programming language memory models?" (MSPC 2012).
//
// Edges
//   overwrite  store: bits.store -> load: bits.load   the stamp that says so     dies: WordsModel.EveryOrderIsNeeded

#include <volley/env/native.hpp>

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>

namespace volley {

template <class T, class Env = native>
class words {
  using enum std::memory_order;
  static_assert(std::is_trivially_copyable_v<T>, "what may be overwritten while it is read must be trivially copyable");

  struct word {
    typename Env::template atomic<std::uint64_t> bits{0};
  };
  static constexpr std::size_t whole = sizeof(T) / sizeof(std::uint64_t);
  static constexpr std::size_t rest = sizeof(T) % sizeof(std::uint64_t);

 public:
  using image = std::array<std::byte, sizeof(T)>;

  /// One thread at a time.
  void store(const T& value) noexcept {
    const std::byte* const from = bytes_of(value);
    for (std::size_t i = 0; i != whole; ++i) put<sizeof(std::uint64_t)>(i, from);
    if constexpr (rest != 0) put<rest>(whole, from);
  }

  /// Any thread, also while another one stores.
  image load() const noexcept {
    image to;
    for (std::size_t i = 0; i != whole; ++i) get<sizeof(std::uint64_t)>(i, to.data());
    if constexpr (rest != 0) get<rest>(whole, to.data());
    return to;
  }

  /// The value whose image this is: only where a stamp has told that it is the image of one.
  static T value_of(const image& bytes) noexcept { return std::bit_cast<T>(bytes); }

 private:
  /// The bytes of a value, also those between its members and of members that it does not have just now (an optional without a value): nobody
  /// has written them, so a compiler that saw that might take them for anything, and says so. Here it is told that it does not see.
  static const std::byte* bytes_of(const T& value) noexcept {
    const auto* bytes = reinterpret_cast<const std::byte*>(std::addressof(value));
    if constexpr (!std::has_unique_object_representations_v<T>) asm volatile("" : "+r"(bytes) : : "memory");
    return bytes;
  }

  template <std::size_t Bytes>
  void put(std::size_t i, const std::byte* from) noexcept {
    std::uint64_t bits = 0;
    std::memcpy(&bits, from + i * sizeof bits, Bytes);
    words_[i].bits.store(bits, release);  // -> overwrite: whatever was stored before this word
  }
  template <std::size_t Bytes>
  void get(std::size_t i, std::byte* to) const noexcept {
    const std::uint64_t bits = words_[i].bits.load(acquire);  // <- overwrite: whatever was stored before this word
    std::memcpy(to + i * sizeof bits, &bits, Bytes);
  }

  word words_[whole + (rest != 0 ? 1 : 0)];
};

}  // namespace volley
