// SPDX-License-Identifier: MIT
#pragma once

// The machine as it is: std::atomic with every order written out, raw storage for elements, and the hint for spin loops.
// This is all that a ring needs of the world; what waiting needs besides is native::os, in <volley/env/native_wait.hpp>.

#include <volley/config.hpp>
#include <volley/env/role.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace volley {

static_assert(sizeof(void*) == 8, "Volley is for 64-bit Linux: indices are 64 bits, deadlines a 64-bit timespec");

struct native {
  using role = unwatched_role;
  struct os;  // park, wake, clock, yield, cpu: <volley/env/native_wait.hpp>
  template <class Storage, class Header>
  class bytes;  // of a byte ring: <volley/env/bytes.hpp>

  /// Counts the steps or the positions of a ring. 64 bits at 1 ns a step wrap after 584 years.
  using index = std::uint64_t;
  static constexpr index first_index = 0;

  /// Polls at the start of a wait: what is on its way comes within these, 0.1 to 1 us by CPU; and polls between two looks at the clock. Between any
  /// two of them is a pause.
  static constexpr unsigned hot_polls = 18;
  static constexpr unsigned polls_per_look = 16;
  /// Pauses one after the other before something else is tried: 3 to 12 us.
  static constexpr unsigned most_pauses = 256;

  /// How many kinds of address are told apart where the kernel cannot wait for several words: see wait/bells.hpp.
  static constexpr unsigned bell_places = 256;

  /// Bounds of a spin before sleeping, in ns. A park and its wake cost 5 us (one CPU) to 60 us (two CPUs of a virtual machine)
  /// where that was measured; what they cost where this runs is learnt, and is the tighter bound.
  static constexpr std::uint32_t longest_spin = 100'000;
  static constexpr std::uint32_t shortest_spin = 1'000;

  template <class U>
  class atomic {
   public:
    constexpr explicit atomic(U value) noexcept : value_(value) {}
    atomic(const atomic&) = delete;
    atomic& operator=(const atomic&) = delete;
    ~atomic() = default;

    U load(std::memory_order order) const noexcept { return value_.load(order); }
    void store(U value, std::memory_order order) noexcept { value_.store(value, order); }
    U exchange(U value, std::memory_order order) noexcept { return value_.exchange(value, order); }
    U fetch_add(U value, std::memory_order order) noexcept { return value_.fetch_add(value, order); }
    U fetch_sub(U value, std::memory_order order) noexcept { return value_.fetch_sub(value, order); }
    U fetch_or(U value, std::memory_order order) noexcept { return value_.fetch_or(value, order); }
    U fetch_and(U value, std::memory_order order) noexcept { return value_.fetch_and(value, order); }
    bool compare_exchange_strong(U& expected, U value, std::memory_order success, std::memory_order failure) noexcept {
      return value_.compare_exchange_strong(expected, value, success, failure);
    }
    bool compare_exchange_weak(U& expected, U value, std::memory_order success, std::memory_order failure) noexcept {
      return value_.compare_exchange_weak(expected, value, success, failure);
    }

   private:
    std::atomic<U> value_;
    static_assert(sizeof(std::atomic<U>) == sizeof(U), "a lock beside the value, or bytes that others may not write");
    // Bytes are only loaded and stored here, which any machine does at once. RMWs of them are calls into libatomic by g++ 12 for
    // riscv64, which is why it does not promise them.
    static_assert(std::atomic<U>::is_always_lock_free || sizeof(U) < sizeof(int), "an RMW that takes a lock");
  };

  /// Raw storage for one T. Whoever owns it by the rules of the algorithm constructs, reads and destroys; nothing is checked.
  template <class T>
  class cell {
   public:
    cell() noexcept {}  // NOLINT(modernize-use-equals-default): the bytes stay uninitialised on purpose
    cell(const cell&) = delete;
    cell& operator=(const cell&) = delete;
    ~cell() = default;

    template <class... Args>
    void construct(Args&&... args) {
      ::new (static_cast<void*>(raw_)) T(std::forward<Args>(args)...);
    }
    T& value() noexcept { return *address(); }
    void destroy() noexcept { std::destroy_at(address()); }

   private:
    T* address() noexcept { return std::launder(static_cast<T*>(static_cast<void*>(raw_))); }

    alignas(T) std::byte raw_[sizeof(T)];
  };

  /// Tells the CPU that this line will be written soon: it comes while others are worked on. Nothing waits for it, nothing is changed.
  static void soon_written(const void* at) noexcept {
#if defined(__x86_64__)
    // By __builtin_prefetch gcc asks for the line to read it, unless told that the CPU can do better.
    asm volatile("prefetchw %0" ::"m"(*static_cast<const char*>(at)));
#else
    __builtin_prefetch(at, 1);
#endif
  }

  /// Tells the CPU that this is a spin loop: 10 to 150 cycles on x86, a pipeline flush on arm64.
  static void relax() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("isb" ::: "memory");
#elif defined(__riscv)
    asm volatile(".insn i 0x0F, 0, x0, x0, 0x010" ::: "memory");  // pause (Zihintpause), a no-op elsewhere
#endif
  }
};

}  // namespace volley
