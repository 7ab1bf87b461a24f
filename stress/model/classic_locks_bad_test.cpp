// SPDX-License-Identifier: MIT

// Locks, publication and compare-and-swap, right and wrong. See classic.hpp.

#include "classic.hpp"

namespace {

using namespace model::classic;  // NOLINT(google-build-using-namespace): its words
using model::require;
using model::search;
using volley::modelled;

// ---- locks ----

/// A lock of one flag. Source: any textbook.
template <made Locks, made Unlocks>
struct test_and_set : model::scenario {
  static constexpr int threads = 2;
  word lock{0};
  model::plain<int> inside{0};
  void thread(unsigned) override {
    while (lock.exchange(1, Locks == right ? acquire : relaxed) != 0) modelled::relax();
    inside.set(inside.get() + 1);
    lock.store(0, Unlocks == right ? release : relaxed);
  }
};
TEST(ClassicMustFail, ALockThatIsTakenOrLeftWithoutOrderIsARace) {
  EXPECT_TRUE((holds<test_and_set<right, right>>()));
  EXPECT_TRUE((is<test_and_set<wrong, right>>(race)));
  EXPECT_TRUE((is<test_and_set<right, wrong>>(race)));
}

/// Source: G. L. Peterson, "Myths about the mutual exclusion problem" (1981).
template <made Made>
struct peterson : model::scenario {
  static constexpr int threads = 2;
  word wants[2]{word(0), word(0)};
  word turn{0};
  model::plain<int> inside{0};
  void thread(unsigned which) override {
    constexpr auto store = Made == right ? seq_cst : release;
    constexpr auto load = Made == right ? seq_cst : acquire;
    wants[which].store(1, store);
    turn.store(1 - which, store);
    while (wants[1 - which].load(load) != 0 && turn.load(load) == 1 - which) modelled::relax();
    inside.set(inside.get() + 1);
    wants[which].store(0, store);
  }
};
TEST(ClassicMustFail, PetersonWithReleaseAndAcquireIsNoLock) {
  EXPECT_TRUE(holds<peterson<right>>());
  EXPECT_TRUE(is<peterson<wrong>>(race));
}

/// A ticket lock that looks at its number and then takes it.
template <made Made>
struct ticket_lock : model::scenario {
  static constexpr int threads = 2;
  word next{0};
  word serving{0};
  model::plain<int> inside{0};
  void thread(unsigned) override {
    std::uint32_t mine = 0;
    if constexpr (Made == right) {
      mine = next.fetch_add(1, relaxed);
    } else {
      mine = next.load(relaxed);
      next.store(mine + 1, relaxed);
    }
    while (serving.load(acquire) != mine) modelled::relax();
    inside.set(inside.get() + 1);
    serving.store(mine + 1, release);
  }
};
TEST(ClassicMustFail, TwoWithOneTicketAreBothInside) {
  EXPECT_TRUE(holds<ticket_lock<right>>());
  EXPECT_FALSE(model::explore(model::recipe_of<ticket_lock<wrong>>(), search::random(10'000)).passed);
}

/// 0: free, 1: taken, 2: taken, and somebody may sleep. Source: U. Drepper, "Futexes are tricky" (2011).
template <made Made>
struct futex_mutex : model::scenario {
  static constexpr int threads = 3;
  word state{0};
  model::plain<int> inside{0};
  void thread(unsigned) override {
    lock();
    inside.set(inside.get() + 1);
    if (state.exchange(0, release) == 2) os::wake(&state, 1, volley::sharing::in_process);
  }
  void lock() {
    std::uint32_t seen = 0;
    if (state.compare_exchange_strong(seen, 1, acquire, relaxed)) return;
    while (state.exchange(2, acquire) != 0) {
      (void)os::park(state, 2, volley::sharing::in_process, os::never);
      // Who was woken does not know whether others sleep, and must say that they do.
      if (Made == right) continue;
      seen = 0;
      if (state.compare_exchange_strong(seen, 1, acquire, relaxed)) return;
    }
  }
};
TEST(ClassicMustFail, AMutexThatForgetsWhoElseSleepsIsADeadlock) {
  EXPECT_TRUE(holds<futex_mutex<right>>());
  EXPECT_TRUE(is<futex_mutex<wrong>>(deadlock));
}

/// One word, a reader each two, a writer 1.
template <made Made>
struct readers_and_writer : model::scenario {
  static constexpr int threads = 3;
  word state{0};
  model::plain<int> data{0};
  void thread(unsigned which) override {
    if (which == 0) {
      std::uint32_t seen = 0;
      while (!state.compare_exchange_strong(seen, 1, acquire, relaxed)) {
        modelled::relax();
        seen = 0;
      }
      data.set(1);
      state.fetch_sub(1, release);
    } else {
      while ((state.fetch_add(2, acquire) & 1) != 0) {
        state.fetch_sub(2, relaxed);
        modelled::relax();
      }
      data.get();
      state.fetch_sub(2, Made == right ? release : relaxed);
    }
  }
};
TEST(ClassicMustFail, AReaderThatLeavesWithoutReleaseIsARace) {
  EXPECT_TRUE(holds<readers_and_writer<right>>());
  EXPECT_TRUE(is<readers_and_writer<wrong>>(race));
}

// ---- publication ----

template <made Stores, made Loads>
struct double_checked : model::scenario {
  static constexpr int threads = 2;
  word is_made{0};
  word lock{0};
  model::plain<int> thing{0};
  void thread(unsigned) override {
    if (is_made.load(Loads == right ? acquire : relaxed) == 0) {
      while (lock.exchange(1, acquire) != 0) modelled::relax();
      if (is_made.load(relaxed) == 0) {
        thing.set(1);
        is_made.store(1, Stores == right ? release : relaxed);
      }
      lock.store(0, release);
    }
    require(thing.get() == 1, "it is made");
  }
};
TEST(ClassicMustFail, DoubleCheckingWithoutOrderIsARace) {
  EXPECT_TRUE((holds<double_checked<right, right>>()));
  EXPECT_TRUE((is<double_checked<wrong, right>>(race)));
  EXPECT_TRUE((is<double_checked<right, wrong>>(race)));
}

/// The last one to let go destroys.
template <std::memory_order Order>
struct reference_count : model::scenario {
  static constexpr int threads = 2;
  word count{2};
  model::plain<int> thing{0};
  void thread(unsigned which) override {
    if (which == 0) thing.get();
    if (which == 1) thing.get();
    if (count.fetch_sub(1, Order) == 1) thing.set(-1);
  }
};
TEST(ClassicMustFail, ACountOfReferencesNeedsBothOrders) {
  EXPECT_TRUE(holds<reference_count<acq_rel>>());
  EXPECT_TRUE(is<reference_count<release>>(race));
  EXPECT_TRUE(is<reference_count<acquire>>(race));
  EXPECT_TRUE(is<reference_count<relaxed>>(race));
}

/// A reference taken from a count that may have come to nothing.
template <made Made>
struct weak_reference : model::scenario {
  static constexpr int threads = 2;
  word count{1};
  model::plain<int> alive{1};
  void thread(unsigned which) override {
    if (which == 0) return let_go();
    if constexpr (Made == right) {
      std::uint32_t seen = count.load(relaxed);
      do {
        if (seen == 0) return;
      } while (!count.compare_exchange_weak(seen, seen + 1, acquire, relaxed));
    } else {
      if (count.load(relaxed) == 0) return;
      count.fetch_add(1, acquire);
    }
    require(alive.get() == 1, "what is referred to is there");
    let_go();
  }
  void let_go() {
    if (count.fetch_sub(1, acq_rel) == 1) alive.set(0);
  }
};
TEST(ClassicMustFail, AReferenceThatIsTakenAfterALookComesTooLate) {
  EXPECT_TRUE(holds<weak_reference<right>>());
  EXPECT_FALSE(model::explore(model::recipe_of<weak_reference<wrong>>(), search::random(20'000)).passed);
}

// ---- the end, and weak compare-and-swaps ----

/// Closed, and then nothing found, is the end; a look before the close is not.
template <made Made>
struct closing : model::scenario {
  static constexpr int threads = 2;
  word item{0};
  word closed{0};
  void thread(unsigned which) override {
    if (which == 0) {
      item.store(1, release);
      return closed.store(1, release);
    }
    for (;;) {
      if (item.load(acquire) != 0) return;
      if (closed.load(acquire) == 0) {
        modelled::relax();
        continue;
      }
      require(Made == right && item.load(acquire) != 0, "what came before the close is found");
      return;
    }
  }
};
TEST(ClassicMustFail, ACloseThatIsSeenWithoutASecondLookLosesTheLast) {
  EXPECT_TRUE(holds<closing<right>>());
  EXPECT_TRUE(is<closing<wrong>>(asserted));
}

/// A permit for each: a try that fails says that there is none.
template <made Made>
struct weak_for_strong : model::scenario {
  static constexpr int threads = 2;
  word taken[2]{word(0), word(0)};
  void thread(unsigned which) override {
    std::uint32_t free = 0;
    const bool mine = Made == right ? taken[which].compare_exchange_strong(free, 1, acquire, relaxed)
                                    : taken[which].compare_exchange_weak(free, 1, acquire, relaxed);
    require(mine, "nobody else wants it");
  }
};
TEST(ClassicMustFail, AWeakCompareAndSwapMayFailForNothing) {
  EXPECT_TRUE(model::holds<weak_for_strong<right>>(search::random(20'000)));
  EXPECT_TRUE(is<weak_for_strong<wrong>>(asserted));
}

/// A failed compare-and-swap that says that somebody else has made it: what that one made is then used.
template <made Made>
struct made_by_another : model::scenario {
  static constexpr int threads = 2;
  word which_one{0};
  model::plain<int> thing[3]{model::plain<int>(0), model::plain<int>(0), model::plain<int>(0)};
  void thread(unsigned which) override {
    thing[which + 1].set(1);
    std::uint32_t seen = 0;
    if (which_one.compare_exchange_strong(seen, which + 1, release, Made == right ? acquire : relaxed)) return;
    require(thing[seen].get() == 1, "it is whole");
  }
};
TEST(ClassicMustFail, AFailedCompareAndSwapWithoutAcquireIsARace) {
  EXPECT_TRUE(holds<made_by_another<right>>());
  EXPECT_TRUE(is<made_by_another<wrong>>(race));
}

}  // namespace
