// SPDX-License-Identifier: MIT
#pragma once

// The ways of whoever is told when a try is worth it, by an end of the channel that this thread has: pollable or waitable.

#include "channels.hpp"
#include "element_ways.hpp"

#include <volley/channel/sides.hpp>
#include <volley/status.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace volley::stress {

/// Once, until a deadline or for ever; at times it leaves for a while. Sleeps: made of an end, waits for its bell: wait(caller), wait_until(caller, deadline).
template <class End, template <class> class Sleeps>
class told {
 public:
  template <class Channel>
  explicit told(Channel& ch) : end_(ch), sleeps_(end_) {}

  template <class Try>
  status call(caller& who, const Try& once) {
    const std::uint64_t way = who.me.luck.below(8);
    const auto deadline = way < 3 ? who.deadline() : caller::time_point::max();
    for (;;) {
      const status s = once(end_);
      if (s != End::side::not_yet) return s;
      if (way == 7) end_.disarm();
      if (way >= 6) return s;
      const status slept = way < 3 ? sleeps_.wait_until(who, deadline) : sleeps_.wait(who);
      if (slept != status::ok) return slept;
    }
  }

 private:
  End end_;
  Sleeps<End> sleeps_;
};

template <class Channel, class Goods, template <class> class PushEnd, template <class> class PopEnd,
          template <class> class Sleeps>
struct told_ways {
  class pusher {
   public:
    pusher(Channel& ch, faults& f) : told_(ch), faults_(f) {}

    push_end push(caller& who, std::uint64_t id, std::uint64_t) {
      const status s = told_.call(who, [&](auto& end) { return Goods::try_push(end, id, faults_); });
      return {s == status::ok ? std::size_t{1} : std::size_t{0}, s};
    }

   private:
    told<PushEnd<Channel>, Sleeps> told_;
    faults& faults_;
  };

  class popper {
   public:
    popper(Channel& ch, faults&) : told_(ch) {}

    template <class See>
    status pop(caller& who, const See& see) {
      return told_.call(who, [&](auto& end) {
        if (who.me.luck.one_in(4) && !end.arm()) return status::empty;
        return Goods::try_pop(end, see);
      });
    }

   private:
    told<PopEnd<Channel>, Sleeps> told_;
  };
};

/// The structure of such ends: told of elements or room in one way, or asleep in the channel itself.
template <template <class> class PushEnd, template <class> class PopEnd, template <class> class Sleeps>
struct told_trial {
  template <class Channel, class Goods>
  struct of {
    static std::unique_ptr<trial> make(setup& s) {
      using watches = told_ways<Channel, Goods, PushEnd, PopEnd, Sleeps>;
      using it = channel_trial<Channel, Goods, sleeping_ways<Channel, Goods>, watches>;
      return std::make_unique<it>(s, channel_of_elements<Channel>);
    }
  };
};

}  // namespace volley::stress
