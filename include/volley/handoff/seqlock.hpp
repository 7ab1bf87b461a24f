// SPDX-License-Identifier: MIT
#pragma once

// The latest value of one writer, for any number of readers that write nothing: who reads copies it, and copies again if it was overwritten
// meanwhile.
//
// Who: one thread at a time stores; any number load. Readers do not disturb the writer or each other beyond reading its lines.
// Progress: store is wait-free, whatever readers do. load waits while the writer is between its two stamps, and goes on while stores
//   overtake it: after some polls it yields the CPU in between, but a writer that stops inside store for ever stops every load. try_load
//   is wait-free: two looks at most.
// Memory: what the writer did before store(v) is visible to the reader whose load returned v. A reader that has seen a store sees none older.
// Elements: trivially copyable T; the rest is refused at compile time. For other types, and for readers that must not wait,
//   <volley/handoff/triple_buffer.hpp>.
// Errors: none; nothing throws. try_load returns nothing when the writer was between its two stamps, or came again.
// Destruction: when every call has returned.
// Between processes: in memory that several map, at any address; one of them constructs it, before the others use it. A writer that dies
//   inside store leaves it without a value until another one stores.
//
// State
//   slot_   the stamp and the words (env/stamped_words.hpp). Positions are even, and each store is one position on
//   at_     the position last begun: the writer's own, and a hint to readers of what the stamp will be
// No edges of its own. After 2^63 stores during one load the same stamp is there again.
// Source: H.-J. Boehm, "Can seqlocks get along with programming language memory models?" (MSPC 2012).

#include <volley/config.hpp>
#include <volley/env/native_wait.hpp>
#include <volley/env/stamped_words.hpp>

#include <atomic>
#include <optional>
#include <type_traits>

namespace volley {

template <class T, class Env = native>
class alignas(cache_line) seqlock {
  using enum std::memory_order;
  using index = typename Env::index;
  using slot = detail::stamped_words<T, Env>;
  using image = typename slot::image;

 public:
  using value_type = T;

  seqlock() noexcept(std::is_nothrow_default_constructible_v<T>) requires std::is_default_constructible_v<T>
      : seqlock(T()) {}
  explicit seqlock(const T& initial) noexcept { slot_.write(Env::first_index, initial); }
  seqlock(const seqlock&) = delete;
  seqlock& operator=(const seqlock&) = delete;
  ~seqlock() = default;

  /// The writer's: from now on this is the value.
  void store(const T& value) noexcept {
    [[maybe_unused]] const auto acting = writer_.act();
    const auto next = static_cast<index>(at_.load(relaxed) + step);  // ~ own
    // ~ own: before the value is written, so that who stores after a writer that died there uses another position
    at_.store(next, relaxed);
    slot_.write(next, value);
  }

  /// The latest value, as soon as no store is in the middle.
  T load() const noexcept {
    image bytes;
    index position = at_.load(relaxed);  // ~ hint(publish)
    for (unsigned polls = 1; !look(position, bytes); ++polls) {
      if (polls % Env::most_pauses == 0) {
        Env::os::yield();
      } else {
        Env::relax();
      }
    }
    return slot::value_of(bytes);
  }

  /// The latest value, if no store is in the middle.
  std::optional<T> try_load() const noexcept {
    image bytes;
    index position = at_.load(relaxed);  // ~ hint(publish)
    if (!look(position, bytes) && !look(position, bytes)) return std::nullopt;
    return slot::value_of(bytes);
  }

 private:
  static constexpr index step = 2;

  /// True: the image is the value at this position. Else the position is now what the slot says that it holds, or will.
  bool look(index& position, image& bytes) const noexcept {
    const index seen = slot_.read(position, bytes);
    const bool whole = seen == slot::full(position);
    position = static_cast<index>(seen & ~index{step - 1});
    return whole;
  }

  typename Env::template atomic<index> at_{Env::first_index};
  slot slot_;
  [[no_unique_address]] typename Env::role writer_{"seqlock", "writer"};
};

}  // namespace volley
