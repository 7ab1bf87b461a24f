// SPDX-License-Identifier: MIT
#pragma once

// The latest value of one writer for one reader, of any type, built and read in place: three values, of which one is the writer's, one the
// reader's, and one lies between them.
//
// Who: one thread at a time writes and publishes, one at a time reads. Handing either role to another thread is the user's
//   synchronisation. Construction and destruction: alone.
// Progress: wait-free, both sides, wherever the other one stops: publish is one RMW, a read of something new one load and one RMW, a read of
//   nothing new one load. What is published and not read is overwritten by what is published next.
// Memory: what the writer did before publish() is visible to the reader that read that value; what the reader did with a value, to the writer
//   that is given it to write on.
// Elements: any T. All three are constructed at the beginning from the same arguments; nothing is copied or moved by the buffer itself.
// Errors: nothing throws but T's own operations. If f throws in write, nothing is published, and the writer's value is as f left it.
// Between processes: in memory that both map, at any address, for a T that does not point into a process; one of them constructs it, before
//   the other uses it. If one dies inside a call, the buffer is to be made anew. (All three numbers in one word would survive that; but then a
//   read is a CAS, which a fast writer makes fail again and again.)
//
// State
//   between_   which value is between the two, and `fresh` if it was published and not yet read
//   back_      which is the writer's        front_   which is the reader's
//   I1: the three are different, always. Each side exchanges its own for the one between, in one step, so it never holds none or two
//   I2: only the writer sets fresh, only the reader clears it. So once the reader has seen it, the value between is a published one until
//       the reader takes it, even if it is a newer one by then
// Source: folklore of graphics (triple buffering); the word with a flag is ours, as that of many.
//
// Edges
//   publish    publish: between_.exchange -> read: between_.exchange   what was written     dies: TripleBufferModel.EveryOrderIsNeeded
//   give_back  read: between_.exchange -> publish: between_.exchange   it was read          dies: TripleBufferModel.EveryOrderIsNeeded

#include <volley/config.hpp>
#include <volley/env/native.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace volley {

template <class T, class Env = native>
class triple_buffer {
  using enum std::memory_order;

 public:
  using value_type = T;

  /// What the reader has: its own until it reads again, to change or to move from as well.
  struct latest {
    T& value;
    bool is_new;  ///< published since the last read

    T& operator*() const noexcept { return value; }
    T* operator->() const noexcept { return std::addressof(value); }
  };

  /// Three values T(args...). Until the first publish, read() gives one of these.
  template <class... Args>
  explicit triple_buffer(std::in_place_t, const Args&... args)
      : values_{line(std::in_place, args...), line(std::in_place, args...), line(std::in_place, args...)} {}
  triple_buffer() requires std::is_default_constructible_v<T> : triple_buffer(std::in_place) {}
  explicit triple_buffer(const T& initial) : triple_buffer(std::in_place, initial) {}
  triple_buffer(const triple_buffer&) = delete;
  triple_buffer& operator=(const triple_buffer&) = delete;
  ~triple_buffer() = default;

  /// The writer's: f(T&) on the writer's own value, which nobody sees before publish(). It holds one of the initial values or of those
  /// written, as the reader has left it, or what an earlier write without a publish has made of it. f must not call publish().
  template <class F>
  void write(F&& f) {
    [[maybe_unused]] const auto acting = writer_.act();
    std::forward<F>(f)(values_[back_].value);
  }

  /// The writer's: what was written is from now on the latest.
  void publish() noexcept {
    [[maybe_unused]] const auto acting = writer_.act();
    const std::uint32_t other = between_.exchange(back_ | fresh, acq_rel);  // -> publish, <- give_back: it may be used
    back_ = other & which;
  }
  /// The same after an assignment.
  template <class U = T>
  void publish(U&& value) requires std::is_assignable_v<T&, U&&> {
    write([&value](T& mine) { mine = std::forward<U>(value); });
    publish();
  }

  /// The reader's: the latest value, and whether it is another than the one that was read last.
  [[nodiscard]] latest read() noexcept {
    [[maybe_unused]] const auto acting = reader_.act();
    const std::uint32_t seen = between_.load(relaxed);  // ~ hint(publish)
    const bool is_new = (seen & fresh) != 0;
    if (is_new) {
      const std::uint32_t other = between_.exchange(front_, acq_rel);  // <- publish, -> give_back: it may be used
      front_ = other & which;
    }
    return {values_[front_].value, is_new};
  }

 private:
  static constexpr std::uint32_t which = 3;
  static constexpr std::uint32_t fresh = 4;

  struct line {
    template <class... Args>
    explicit line(std::in_place_t, const Args&... args) : value(args...) {}

    alignas(cache_line) alignas(T) T value;
  };

  alignas(cache_line) typename Env::template atomic<std::uint32_t> between_{1};
  alignas(cache_line) std::uint32_t back_ = 0;
  [[no_unique_address]] typename Env::role writer_{"triple_buffer", "writer"};
  alignas(cache_line) std::uint32_t front_ = 2;
  [[no_unique_address]] typename Env::role reader_{"triple_buffer", "reader"};
  line values_[3];
};

}  // namespace volley
