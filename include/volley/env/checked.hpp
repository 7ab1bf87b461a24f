// SPDX-License-Identifier: MIT
#pragma once

// The native Env that notices a broken role: two threads that act as the one producer, one that enters its role once more through f or
// through T's own operations, one that acts while a guard of its role is open, a ring destroyed while a guard of it is open or somebody is
// in it. Each is one line on stderr, then abort(). A role that is handed from thread to thread is none of that. For test builds, by type:
// spsc_ring<T, N, volley::checked>; within one process, for it holds pointers.
//
// It sees what happens at one time, not what could have: two producers that never meet go unseen. It orders nothing (all is relaxed), so that
// ThreadSanitizer still sees the race behind the mistake.

#include <volley/env/native.hpp>
#include <volley/env/os/thread.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace volley {

class watched_role {
  using enum std::memory_order;

 public:
  /// of: the ring; who: the role. Both are string literals.
  constexpr watched_role(const char* of, const char* who) noexcept : of_(of), who_(who) {}
  watched_role(const watched_role&) = delete;
  watched_role& operator=(const watched_role&) = delete;
  ~watched_role() {
    const int inside = inside_.load(relaxed);  // ~ count: only looked at, to report
    const int open = open_.load(relaxed);      // ~ count
    if (inside != nobody) fail("destroyed while its %s is inside (thread %d)", inside);
    if (open != 0) fail("destroyed while a guard of its %s is open (%d of them)", open);
  }

  /// The calling thread acts in the role as long as this lives.
  class [[nodiscard]] acting {
   public:
    acting(const acting&) = delete;
    acting& operator=(const acting&) = delete;
    ~acting() { role_.leave(); }

   private:
    friend watched_role;
    explicit acting(watched_role& role) noexcept : role_(role) { role.enter(); }
    watched_role& role_;
  };
  acting act() noexcept { return acting(*this); }
  acting act_unguarded() noexcept {
    const int open = open_.load(relaxed);  // ~ count
    if (open != 0) fail("its %s acts while a guard of that role is open (thread %d)", os::thread_number());
    return acting(*this);
  }

  void open() noexcept { open_.fetch_add(1, relaxed); }  // ~ count
  void close() noexcept {
    const int before = open_.fetch_sub(1, relaxed);  // ~ count
    if (before < 1) fail("a guard of its %s ends twice (thread %d)", os::thread_number());
  }

 private:
  static constexpr int nobody = 0;

  void enter() noexcept {
    const int me = os::thread_number();
    int inside = nobody;
    // ~ count; ~ count: who was first is what is reported
    if (inside_.compare_exchange_strong(inside, me, relaxed, relaxed)) return;
    if (inside == me) fail("its %s enters again from within its own call (thread %d)", me);
    fail("two threads act as its one %s (threads %d and %d)", inside, me);
  }
  void leave() noexcept { inside_.store(nobody, relaxed); }  // ~ count

  template <class... Numbers>
  [[noreturn]] void fail(const char* what, Numbers... numbers) const noexcept {
    char line[256];
    const int start = std::snprintf(line, sizeof line, "volley: %s: ", of_);
    say(line + start, sizeof line - static_cast<std::size_t>(start), what, who_, numbers...);
    std::fprintf(stderr, "%s\n", line);
    std::abort();
  }
  template <class... Values>
  static void say(char* to, std::size_t room, const char* what, Values... values) noexcept {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
    std::snprintf(to, room, what, values...);
#pragma GCC diagnostic pop
  }

  const char* of_;
  const char* who_;
  native::atomic<int> inside_{nobody};  // the number of the thread that acts
  native::atomic<int> open_{0};         // guards
};

/// native, with roles that are watched.
struct checked : native {
  using role = watched_role;
};

}  // namespace volley
