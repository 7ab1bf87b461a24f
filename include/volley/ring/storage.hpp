// SPDX-License-Identifier: MIT
#pragma once

// Where the slots of a ring live: inside the object (no pointer, so it may lie in shared memory at any address), or in one
// block of an allocator. A storage is a name; storage::array<Slot> is the thing.

#include <volley/config.hpp>
#include <volley/refusal.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace volley {

/// As a Capacity: chosen at run time.
inline constexpr std::size_t dynamic_capacity = 0;

namespace detail {

[[noreturn]] inline void refuse_capacity(
    const char* why = "volley: a ring's capacity is at least 1 and at most max_capacity()") {
  refuse_argument(why);
}

[[noreturn]] inline void refuse_memory() {
#if defined(__cpp_exceptions)
  throw std::bad_alloc();
#else
  __builtin_trap();
#endif
}

inline std::size_t checked_capacity(std::size_t capacity, std::size_t most) {
  if (capacity == 0 || capacity > most) refuse_capacity();
  return capacity;
}

/// The most slots of one size that an index and the address space can count. Positions run through two laps.
template <class Index, class Slot>
constexpr std::size_t most_slots() noexcept {
  constexpr auto by_index = (std::numeric_limits<Index>::max)() / 2;
  constexpr auto by_bytes =
      (std::numeric_limits<std::ptrdiff_t>::max)() / 2 / static_cast<std::ptrdiff_t>(sizeof(Slot));
  return static_cast<std::size_t>((std::min<unsigned long long>)(by_index, static_cast<unsigned long long>(by_bytes)));
}

}  // namespace detail

/// N slots inside the ring: no allocation, position-independent.
template <std::size_t N>
struct inline_slots {
  static_assert(N > 0, "a ring holds at least one element");
  static constexpr bool is_dynamic = false;

  template <class Slot>
  class array {
   public:
    using allocator_type = std::allocator<Slot>;  // unused: nothing is allocated

    static constexpr std::size_t size() noexcept { return N; }
    Slot& operator[](std::size_t i) noexcept { return slots_[i]; }
    const Slot& operator[](std::size_t i) const noexcept { return slots_[i]; }

   private:
    Slot slots_[N];
  };
};

/// A run-time number of slots in one block of whole cache lines, from Allocator rebound to such a line. Holds a pointer: for one
/// process only. Where exceptions are off, make() is the
/// way in: the constructor traps when there is no memory, also when an allocator says so by returning null.
template <class Allocator>
struct heap_slots {
  static constexpr bool is_dynamic = true;

  template <class Slot>
  class array {
    struct alignas((std::max)(cache_line, alignof(Slot))) line {
      std::byte bytes[(std::max)(cache_line, alignof(Slot))];
    };
    using allocator = typename std::allocator_traits<Allocator>::template rebind_alloc<line>;
    using traits = std::allocator_traits<allocator>;

   public:
    using allocator_type = Allocator;

    /// Throws what the allocator throws: std::bad_alloc.
    array(std::size_t size, const Allocator& a) : allocator_(a), size_(size) {
      adopt(traits::allocate(allocator_, lines()));
      if (slots_ == nullptr) detail::refuse_memory();  // an allocator that returns null
    }

    /// An array of nothing where there is no memory: test it.
    static array try_make(std::size_t size, const Allocator& a) noexcept {
      array made(a, size);
      made.adopt(made.try_allocate());
      return made;
    }

    array(array&& other) noexcept
        : allocator_(std::move(other.allocator_)), slots_(std::exchange(other.slots_, nullptr)), size_(other.size_) {}
    array& operator=(array&&) = delete;
    ~array() {
      if (slots_ == nullptr) return;
      std::destroy_n(slots_, size_);
      line* const first = std::launder(static_cast<line*>(static_cast<void*>(slots_)));
      traits::deallocate(allocator_, std::pointer_traits<typename traits::pointer>::pointer_to(*first), lines());
    }

    explicit operator bool() const noexcept { return slots_ != nullptr; }
    std::size_t size() const noexcept { return size_; }
    Slot& operator[](std::size_t i) noexcept { return slots_[i]; }
    const Slot& operator[](std::size_t i) const noexcept { return slots_[i]; }

   private:
    array(const Allocator& a, std::size_t size) noexcept : allocator_(a), size_(size) {}

    std::size_t lines() const noexcept { return (size_ * sizeof(Slot) + sizeof(line) - 1) / sizeof(line); }

    void adopt(typename traits::pointer block) noexcept {
      if (block == nullptr) return;
      slots_ = static_cast<Slot*>(static_cast<void*>(std::to_address(block)));
      std::uninitialized_default_construct_n(slots_, size_);
    }

    typename traits::pointer try_allocate() noexcept {
      if constexpr (std::is_same_v<allocator, std::allocator<line>>) {
        return static_cast<line*>(
            ::operator new (lines() * sizeof(line), std::align_val_t{alignof(line)}, std::nothrow));
      } else {
#if defined(__cpp_exceptions)
        try {
          return traits::allocate(allocator_, lines());
        } catch (...) {  // whatever it is, the caller asked for null
          return nullptr;
        }
#else
        return traits::allocate(allocator_, lines());
#endif
      }
    }

    [[no_unique_address]] allocator allocator_;
    Slot* slots_ = nullptr;
    std::size_t size_;
  };
};

namespace detail {

template <class T, std::size_t Capacity, class Allocator>
struct storage_of {
  using type = inline_slots<Capacity>;
};
template <class T, class Allocator>
struct storage_of<T, dynamic_capacity, Allocator> {
  using type = heap_slots<Allocator>;
};

/// The slot behind s, the first behind the last.
template <class Slots, class Slot>
Slot* next_in(Slots& slots, Slot* s) noexcept {
  Slot* const first = std::addressof(slots[0]);
  return s + 1 == first + slots.size() ? first : s + 1;
}

/// Makes rings that are members of something else, where exceptions are off: the memory first, then the ring in its place.
struct ring_maker {
  /// Nothing where Ring::make() would return null.
  template <class Ring>
  static auto try_memory(std::size_t capacity, const typename Ring::allocator_type& a) noexcept {
    return Ring::try_memory(capacity, a);
  }
  template <class Ring, class Memory>
  static Ring ring_in(Memory&& memory) noexcept {
    return Ring(std::forward<Memory>(memory));
  }
};

}  // namespace detail
}  // namespace volley
