// SPDX-License-Identifier: MIT

// What the headers of the handoffs and channels say under Progress, by stopping a thread for ever before each of its steps: who posts, or tries, goes on; who
// waits does wait, and that it does is shown as well, so that a header cannot promise too little. An adapter a handoff: post() and wait() are
// the two sides of one handover, try_it() is what its header says never waits. Those of channels: channel_progress_scenarios.hpp.

#include <volley/handoff/asymmetric_event_count.hpp>
#include <volley/handoff/auto_reset_event.hpp>
#include <volley/handoff/call_ring.hpp>
#include <volley/handoff/call_slot.hpp>
#include <volley/handoff/counting_semaphore.hpp>
#include <volley/handoff/event_count.hpp>
#include <volley/handoff/exchanger.hpp>
#include <volley/handoff/manual_reset_event.hpp>
#include <volley/handoff/parker.hpp>
#include <volley/handoff/rendezvous.hpp>
#include <volley/handoff/spin_barrier.hpp>
#include <volley/handoff/turn.hpp>
#include <volley/handoff/wait_any.hpp>

#include "channel_progress_scenarios.hpp"

namespace {

using model::others_go_on_without;
using model::others_wait_for;
using model::recipe_of;
using model::search;
using volley::in_process;
using volley::modelled;
using volley::park;
using enum std::memory_order;
using namespace model::channels;

struct turn {
  static constexpr const char* name = "turn";
  volley::turn<park, in_process, modelled> t;
  void post() { t.side(0).pass(); }
  void wait() { t.side(1).await(); }
  void try_it() { (void)t.side(1).try_await(); }
};
struct parker {
  static constexpr const char* name = "parker";
  volley::parker<park, in_process, modelled> p;
  void post() { p.unpark(); }
  void wait() { p.park(); }
  void try_it() { (void)p.try_park(); }
};
struct auto_reset_event {
  static constexpr const char* name = "auto_reset_event";
  volley::auto_reset_event<park, in_process, modelled> e;
  void post() { e.set(); }
  void wait() { e.wait(); }
  void try_it() { (void)e.try_wait(); }
};
struct manual_reset_event {
  static constexpr const char* name = "manual_reset_event";
  volley::manual_reset_event<park, in_process, modelled> e;
  void post() { e.set(); }
  void wait() { e.wait(); }
  void try_it() {
    (void)e.try_wait();
    e.reset();
  }
};
struct counting_semaphore {
  static constexpr const char* name = "counting_semaphore";
  volley::counting_semaphore<park, in_process, modelled> s;
  void post() { s.release(); }
  void wait() { s.acquire(); }
  void try_it() { (void)s.try_acquire(); }
};
template <class Count>
struct notified {
  model::fence_words fences;
  Count count;
  model::atomic<std::uint32_t> flag{0};
  void post() {
    flag.store(1, relaxed);
    count.notify_all();
  }
  void wait() {
    count.await([this] { return flag.load(relaxed) != 0; });
  }
  void try_it() {
    (void)count.prepare();
    count.cancel();
  }
};
struct event_count : notified<volley::event_count<park, in_process, modelled>> {
  static constexpr const char* name = "event_count";
};
struct asymmetric_event_count : notified<volley::asymmetric_event_count<park, modelled>> {
  static constexpr const char* name = "asymmetric_event_count";
};
constexpr auto same = [](int&& request) { return request; };
struct call_ring_posts {
  static constexpr const char* name = "call_ring_posts";
  volley::call_ring<int, int, 2, park, in_process, modelled> r;
  void post() { (void)r.post(1); }
  void wait() { r.serve(same); }
  void try_it() { (void)r.try_serve(same); }
};
/// The other direction: one call is in flight.
struct call_ring_answers {
  static constexpr const char* name = "call_ring_answers";
  volley::call_ring<int, int, 2, park, in_process, modelled> r;
  call_ring_answers() { (void)r.post(1); }
  void post() { r.serve(same); }
  void wait() { (void)r.collect(); }
  void try_it() { (void)r.try_collect(); }
};
struct wait_any {
  static constexpr const char* name = "wait_any";
  volley::auto_reset_event<park, in_process, modelled> a, b;
  void post() { b.set(); }
  void wait() { (void)volley::wait_any(a, b); }
  void try_it() { (void)volley::try_wait_any(a, b); }
};

/// Of these each side waits for the other.
struct call_slot {
  static constexpr const char* name = "call_slot";
  volley::call_slot<int, int, park, in_process, modelled> c;
  void post() { (void)c.call(1); }
  void wait() { c.serve(same); }
};
struct exchanger {
  static constexpr const char* name = "exchanger";
  volley::exchanger<int, park, in_process, modelled> x;
  void post() { (void)x.exchange(1); }
  void wait() { (void)x.exchange(2); }
  void give_up() { (void)x.exchange(1, modelled::os::time_point{}); }
  void try_it() { (void)x.try_exchange(2); }
};
struct rendezvous {
  static constexpr const char* name = "rendezvous";
  volley::rendezvous<int, park, in_process, modelled> r;
  void post() { r.give(1); }
  void wait() { (void)r.take(); }
  void give_up() { (void)r.give(1, modelled::os::time_point{}); }
  void try_it() { (void)r.try_take(); }
};
struct spin_barrier {
  static constexpr const char* name = "spin_barrier";
  volley::spin_barrier<park, in_process, modelled> b{2};
  void post() { b.arrive_and_wait(); }
  void wait() { b.arrive_and_wait(); }
};

template <class Handoff>
struct handover : model::scenario {
  static constexpr int threads = 2;
  Handoff h;
  void thread(unsigned which) override { which == 0 ? h.post() : h.wait(); }
};
template <class Handoff>
struct tried : model::scenario {
  static constexpr int threads = 2;
  Handoff h;
  void thread(unsigned which) override {
    if (which == 1) return h.try_it();
    if constexpr (requires { h.give_up(); }) {
      h.give_up();
    } else {
      h.post();
    }
  }
};
/// Two of those that many may post.
template <class Handoff>
struct both_post : model::scenario {
  static constexpr int threads = 2;
  Handoff h;
  void thread(unsigned) override { h.post(); }
};

struct by_name {
  template <class Handoff>
  static std::string GetName(int) {
    return Handoff::name;
  }
};

template <class Handoff>
void expect_progress_without(int victim, const model::recipe& r) {
  EXPECT_TRUE(others_go_on_without(victim, r, search::random(500)));
  EXPECT_TRUE(others_go_on_without(victim, r, search::bounded(1)));
}

template <class Handoff>
class Posting : public testing::Test {};
using posting =
    testing::Types<turn, parker, auto_reset_event, manual_reset_event, counting_semaphore, event_count,
                   asymmetric_event_count, call_ring_posts, call_ring_answers, wait_any, channel_items, channel_room,
                   channel_close, shared_channel_items, shared_channel_room, shared_channel_close,
                   crowded_channel_items, crowded_channel_room, crowded_channel_close, lockfree_channel_items,
                   lockfree_channel_room, lockfree_channel_close, record_items, record_room>;
TYPED_TEST_SUITE(Posting, posting, by_name);
TYPED_TEST(Posting, GoesOnWhereverTheWaiterStops) {
  expect_progress_without<TypeParam>(1, recipe_of<handover<TypeParam>>());
}

template <class Handoff>
class PostingByMany : public testing::Test {};
using posted_by_many =
    testing::Types<parker, auto_reset_event, manual_reset_event, counting_semaphore, event_count,
                   asymmetric_event_count, wait_any, crowded_channel_items, crowded_channel_room, channel_close,
                   shared_channel_close, crowded_channel_close, channel_items_beside_sleepers,
                   channel_room_beside_sleepers, channel_close_beside_sleepers, record_items>;
TYPED_TEST_SUITE(PostingByMany, posted_by_many, by_name);
TYPED_TEST(PostingByMany, GoesOnWhereverAnotherPosterStops) {
  expect_progress_without<TypeParam>(0, recipe_of<both_post<TypeParam>>());
}

template <class Handoff>
class Trying : public testing::Test {};
using trying =
    testing::Types<turn, parker, auto_reset_event, manual_reset_event, counting_semaphore, event_count,
                   asymmetric_event_count, call_ring_posts, call_ring_answers, wait_any, exchanger, rendezvous,
                   channel_items, channel_room, channel_close, shared_channel_items, shared_channel_room,
                   shared_channel_close, crowded_channel_items, crowded_channel_room, crowded_channel_close,
                   lockfree_channel_items, lockfree_channel_room, lockfree_channel_close, record_items, record_room>;
TYPED_TEST_SUITE(Trying, trying, by_name);
TYPED_TEST(Trying, GoesOnWhereverTheOtherSideStops) {
  expect_progress_without<TypeParam>(0, recipe_of<tried<TypeParam>>());
}

// And what waits does wait: else its header promises too little.
template <class Handoff>
class Waiting : public testing::Test {};
using waiting =
    testing::Types<turn, parker, auto_reset_event, manual_reset_event, counting_semaphore, event_count,
                   asymmetric_event_count, call_ring_posts, call_ring_answers, wait_any, call_slot, exchanger,
                   rendezvous, spin_barrier, channel_items, channel_room, channel_close, channel_look,
                   channel_end_behind_a_push, shared_channel_items, crowded_channel_room, record_items, record_room,
                   pollable_items, pollable_room, waitable_items, waitable_room, suspended>;
TYPED_TEST_SUITE(Waiting, waiting, by_name);
TYPED_TEST(Waiting, IsForWhoPosts) {
  EXPECT_TRUE(others_wait_for(0, recipe_of<handover<TypeParam>>(), search::random(500)));
}

// Who is told instead of sleeping stands in a list under a lock, where it may wait for who notifies, and be waited for.
template <class End>
class Told : public testing::Test {};
using told = testing::Types<pollable_items, pollable_room, waitable_items, waitable_room, suspended>;
TYPED_TEST_SUITE(Told, told, by_name);
TYPED_TEST(Told, ATryWaitsForWhoTellsItUnderTheLock) {
  EXPECT_TRUE(others_wait_for(0, recipe_of<tried<TypeParam>>(), search::random(500)));
}
TYPED_TEST(Told, WhoTellsWaitsForATryUnderTheLock) {
  EXPECT_TRUE(others_wait_for(1, recipe_of<tried<TypeParam>>(), search::random(500)));
}

}  // namespace
