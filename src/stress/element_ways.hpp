// SPDX-License-Identifier: MIT
#pragma once

// Channels of elements: what goes in, every way of theirs to push and to pop by threads that sleep in them, and which rings they may have.

#include "channels.hpp"

#include <volley/channel/channel.hpp>
#include <volley/ring/lockfree_mpmc_ring.hpp>
#include <volley/ring/mpmc_ring.hpp>
#include <volley/ring/mpsc_ring.hpp>
#include <volley/ring/spmc_ring.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace volley::stress {

using channel_element = payload<3>;

inline constexpr auto refused_is_touched = "an element that was refused is not what it was";

/// Hides: a push in the middle hides what is behind it, and a pop holds its slot, as their headers say.
template <class Channel, bool Hides>
struct element_goods {
  using element = channel_element;
  using ring = typename Channel::ring_type;

  static void begin() { element::begin(); }
  template <class To>
  static status try_push(To& to, std::uint64_t id, faults& f) {
    element mine(id);
    const status s = to.try_push(std::move(mine));
    f.unless(s == status::ok || mine.is(id), refused_is_touched);  // NOLINT(bugprone-use-after-move): it was not moved
    return s;
  }
  template <class From, class See>
  static status try_pop(From& from, const See& see) {
    const auto got = from.try_pop();
    if (got) see_whole(*got, see);
    return got.why();
  }
  template <class See>
  static void see_whole(const element& e, const See& see) {
    see(e.is_whole() ? e.id() : no_element);
  }
  static void check(std::span<const thread_log> logs, std::size_t capacity, verdict& to) {
    to.check(
        logs,
        {.capacity = capacity, .pushes_hide = Hides && !ring::one_producer, .pops_hold = Hides && !ring::one_consumer});
  }
  static void judge(verdict& to) {
    to.expect_none(static_cast<std::uint64_t>(element::torn.load()), crime::torn, "elements were not what was pushed");
    to.expect(element::alive == 0, "elements were never destroyed, or twice");
  }
};

/// The channel's own calls: for ever, until a deadline, until a stop, one look; one element or some.
template <class Channel, class Goods>
struct sleeping_ways {
  using element = channel_element;

  class pusher {
   public:
    pusher(Channel& ch, faults& f) : ch_(ch), faults_(f) {}

    push_end push(caller& who, std::uint64_t id, std::uint64_t most) {
      const std::uint64_t way = who.me.luck.below(9);
      if (way < 5) return push_one(who, id, way);
      std::vector<element> some;
      for (std::size_t i = 0; i != std::min<std::uint64_t>(most, 1 + way); ++i) some.emplace_back(id + i);
      const batch done = push_some(who, some, way);
      return {done.count, done.why};
    }

   private:
    push_end push_one(caller& who, std::uint64_t id, std::uint64_t way) {
      element mine(id);
      const status s = push_one(who, mine, way);
      faults_.unless(s == status::ok || mine.is(id), refused_is_touched);
      return {s == status::ok ? std::size_t{1} : std::size_t{0}, s};
    }
    status push_one(caller& who, element& mine, std::uint64_t way) {
      switch (way) {
        case 0:
          return who.for_ever([&](const auto&... stop) { return ch_.push(std::as_const(mine), stop...); });
        case 1:
          return who.for_ever([&](const auto&... stop) { return ch_.push(std::move(mine), stop...); });
        case 2:
          return ch_.push_until(mine, who.deadline());
        case 3:
          return ch_.push_for(std::move(mine), who.in_a_while(), who.stop());
        default:
          return ch_.try_push(std::move(mine));
      }
    }
    batch push_some(caller& who, std::vector<element>& some, std::uint64_t way) {
      switch (way) {
        case 5:
          return who.for_ever([&](const auto&... stop) { return ch_.push_n(some, stop...); });
        case 6:
          return ch_.push_n_until(some, who.deadline(), who.stop());
        case 7:
          return who.for_ever(
              [&](const auto&... stop) { return ch_.push_n(std::move_iterator(some.begin()), some.size(), stop...); });
        default:
          return ch_.try_push_n(some);
      }
    }

    Channel& ch_;
    faults& faults_;
  };

  class popper {
   public:
    popper(Channel& ch, faults& f) : ch_(ch), faults_(f) {}

    template <class See>
    status pop(caller& who, const See& see) {
      const std::uint64_t way = who.me.luck.below(11);
      if (way < 3) return pop_into(who, see, way);
      if (way < 6) return pop_result(who, see, way);
      if (way < 9) return pop_some(who, see, way);
      const status ready = way == 9 ? who.for_ever([&](const auto&... stop) { return ch_.wait_ready(stop...); })
                                    : ch_.wait_ready_until(who.deadline(), who.stop());
      if (ready != status::ok) return ready;
      const status s = Goods::try_pop(ch_, see);
      faults_.unless(s == status::ok || !Channel::ring_type::one_consumer, "it was ready, and there was nothing");
      return s;
    }

   private:
    template <class See>
    status pop_into(caller& who, const See& see, std::uint64_t way) {
      element out(0);
      const status s = way == 0   ? who.for_ever([&](const auto&... stop) { return ch_.pop(out, stop...); })
                       : way == 1 ? ch_.pop_until(out, who.deadline())
                                  : ch_.try_pop(out);
      if (s == status::ok) Goods::see_whole(out, see);
      return s;
    }
    template <class See>
    status pop_result(caller& who, const See& see, std::uint64_t way) {
      const auto got = way == 3   ? who.for_ever([&](const auto&... stop) { return ch_.pop(stop...); })
                       : way == 4 ? ch_.pop_for(who.in_a_while(), who.stop())
                                  : ch_.try_pop();
      if (got) Goods::see_whole(*got, see);
      return got.why();
    }
    template <class See>
    status pop_some(caller& who, const See& see, std::uint64_t way) {
      std::array<element, 5> out;
      const batch got = way == 6   ? who.for_ever([&](const auto&... stop) { return ch_.pop_n(out, stop...); })
                        : way == 7 ? ch_.pop_n_until(out, who.deadline())
                                   : ch_.try_pop_n(out);
      for (std::size_t i = 0; i != got.count; ++i) Goods::see_whole(out[i], see);
      return got.why;
    }

    Channel& ch_;
    faults& faults_;
  };
};

/// On which ring, and how it waits: by dice. Trial<Channel, Goods> has make(setup).
template <template <class, class> class Trial>
class channel_dice {
  template <template <class, std::size_t, class, class> class Ring>
  using ring = Ring<channel_element, dynamic_capacity, weather, shown_allocator<channel_element>>;

 public:
  /// Those that differ: in who may push and pop.
  static std::unique_ptr<trial> some(setup& s) {
    switch (s.luck.below(4)) {
      case 0:
        return on<ring<spsc_ring>, park, true>(s);
      case 1:
        return on<ring<mpsc_ring>, spin_park, true>(s);
      case 2:
        return on<ring<spmc_ring>, park, true>(s);
      default:
        return on<ring<mpmc_ring>, spin_park, true>(s);
    }
  }
  static std::unique_ptr<trial> all(setup& s) {
    switch (s.luck.below(8)) {
      case 0:
        return on<ring<spsc_ring>, spin_park, true>(s);
      case 1:
        return on<ring<mpsc_ring>, park, true>(s);
      case 2:
        return on<ring<spmc_ring>, spin_park, true>(s);
      case 3:
        return on<ring<mpmc_ring>, park, true>(s);
      case 4:
        return s.luck.one_in(2) ? on<ring<lockfree_mpmc_ring>, park, false>(s)
                                : on<ring<lockfree_mpmc_ring>, spin_park, false>(s);
      default:
        return some(s);
    }
  }

 private:
  template <class Ring, class Wait, bool Hides>
  static std::unique_ptr<trial> on(setup& s) {
    using on_it = channel<Ring, Wait>;
    return Trial<on_it, element_goods<on_it, Hides>>::make(s);
  }
};

template <class Channel>
std::unique_ptr<Channel> channel_of_elements(setup& s, memory& block) {
  return std::make_unique<Channel>(some_capacity(s.luck), shown_allocator<channel_element>(block));
}

}  // namespace volley::stress
