// SPDX-License-Identifier: MIT
#pragma once

// The native Env with a hook before each of its steps: the common piece of the Envs that count and that disturb.
// Hook has one static function, step(volley::step), called by the thread that takes the step.

#include <volley/env/native.hpp>
#include <volley/env/native_wait.hpp>
#include <volley/env/scope.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace volley {

/// A step of an algorithm, by what it costs: plain, locked, or a call into the kernel.
enum class step : std::uint8_t { load, store, rmw, relax, park, wake, yield, fence, descriptor };
inline constexpr unsigned kinds_of_step = 9;

template <class Hook>
struct hooked : native {
  template <class U>
  class atomic {
    using order_t = std::memory_order;

   public:
    constexpr explicit atomic(U value) noexcept : value_(value) {}

    U load(order_t order) const noexcept { return before(step::load).load(order); }
    void store(U value, order_t order) noexcept { before(step::store).store(value, order); }
    U exchange(U value, order_t order) noexcept { return before(step::rmw).exchange(value, order); }
    U fetch_add(U value, order_t order) noexcept { return before(step::rmw).fetch_add(value, order); }
    U fetch_sub(U value, order_t order) noexcept { return before(step::rmw).fetch_sub(value, order); }
    U fetch_or(U value, order_t order) noexcept { return before(step::rmw).fetch_or(value, order); }
    U fetch_and(U value, order_t order) noexcept { return before(step::rmw).fetch_and(value, order); }
    bool compare_exchange_strong(U& expected, U value, order_t success, order_t failure) noexcept {
      return before(step::rmw).compare_exchange_strong(expected, value, success, failure);
    }
    bool compare_exchange_weak(U& expected, U value, order_t success, order_t failure) noexcept {
      return before(step::rmw).compare_exchange_weak(expected, value, success, failure);
    }

    const native::atomic<U>& inner() const noexcept { return value_; }

   private:
    native::atomic<U>& before(step s) noexcept {
      Hook::step(s);
      return value_;
    }
    const native::atomic<U>& before(step s) const noexcept {
      Hook::step(s);
      return value_;
    }

    native::atomic<U> value_;
  };

  static void relax() noexcept {
    Hook::step(step::relax);
    native::relax();
  }

  struct os : native::os {
    template <class U>
    static bool park(const hooked::atomic<U>& w, std::uint32_t expected, sharing scope, time_point deadline) noexcept {
      Hook::step(step::park);
      return native::os::park(w.inner(), expected, scope, deadline);
    }
    template <class Entry>
    static bool park_on_any(std::size_t n, const Entry& entry, time_point deadline) noexcept {
      Hook::step(step::park);
      const auto inner = [&entry](std::size_t i) {
        const auto [word, expected] = entry(i);
        return std::pair(&word->inner(), expected);
      };
      return native::os::park_on_any(n, inner, deadline);
    }
    template <class U>
    static void wake(const hooked::atomic<U>* w, int n, sharing scope) noexcept {
      Hook::step(step::wake);
      // its first member; only the address is used
      native::os::wake(reinterpret_cast<const native::atomic<U>*>(w), n, scope);
    }
    static void yield() noexcept {
      Hook::step(step::yield);
      native::os::yield();
    }
    static bool heavy_fence() noexcept {
      Hook::step(step::fence);
      return native::os::heavy_fence();
    }
    class descriptor : public native::os::descriptor {
     public:
      void make_readable() const noexcept {
        Hook::step(step::descriptor);
        native::os::descriptor::make_readable();
      }
      void clear() const noexcept {
        Hook::step(step::descriptor);
        native::os::descriptor::clear();
      }
    };
  };
};

}  // namespace volley
