// SPDX-License-Identifier: MIT
#pragma once

#include "../channels.hpp"
#include "../records.hpp"

#include <volley/channel/byte_channel.hpp>
#include <volley/ring/byte_ring.hpp>
#include <volley/ring/mpsc_byte_ring.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace volley::stress {

template <class Channel>
struct record_goods {
  static constexpr bool one_producer = Channel::ring_type::one_producer;

  static void begin() {}
  template <class To>
  static status try_push(To& to, std::uint64_t id, faults&) {
    std::vector<std::byte> record(sizeof id);
    write_record(record, id);
    return to.try_push(record);
  }
  template <class From, class See>
  static status try_pop(From& from, const See& see) {
    return from.try_pop(seeing(see));
  }
  template <class See>
  static auto seeing(const See& see) {
    return [&see](std::span<const std::byte> record) { see(id_in(record)); };
  }
  static void check(std::span<const thread_log> logs, std::size_t, verdict& to) {
    to.check(logs, {.capacity = 1, .checks_full = false, .pushes_hide = !one_producer});
    if (one_producer) to.add(false_fulls(logs));  // of several what one gave back is not logged as inside
  }
  static void judge(verdict&) {}
};

/// Records of any size that fits, copied or written in their place; now and then one that throws there.
template <class Channel>
struct record_ways {
  using goods = record_goods<Channel>;

  class pusher {
   public:
    pusher(Channel& ch, faults&) : ch_(ch) {}

    push_end push(caller& who, std::uint64_t id, std::uint64_t) {
      record_.resize(8 + who.me.luck.below(ch_.max_record() - 7));
      write_record(record_, id);
      try {
        const status s = push(who);
        return {s == status::ok ? std::size_t{1} : std::size_t{0}, s};
      } catch (const gave_up&) {
        return {.gave_back = true};
      }
    }

   private:
    struct gave_up {};

    status push(caller& who) {
      const auto write = [this](std::span<std::byte> to) { std::copy(record_.begin(), record_.end(), to.begin()); };
      switch (who.me.luck.below(7)) {
        case 0:
          return who.for_ever([&](const auto&... stop) { return ch_.push(record_, stop...); });
        case 1:
          return ch_.push_until(record_, who.deadline());
        case 2:
          return ch_.push_for(record_, who.in_a_while(), who.stop());
        case 3:
          return ch_.try_push(record_);
        case 4:
          return who.for_ever([&](const auto&... stop) { return ch_.push_with(record_.size(), write, stop...); });
        case 5:
          return ch_.try_push_with(record_.size(), [](std::span<std::byte>) { throw gave_up(); });
        default:
          return ch_.try_push_with(record_.size(), write);
      }
    }

    Channel& ch_;
    std::vector<std::byte> record_;
  };

  class popper {
   public:
    popper(Channel& ch, faults& f) : ch_(ch), faults_(f) {}

    template <class See>
    status pop(caller& who, const See& see) {
      const auto read = goods::seeing(see);
      switch (who.me.luck.below(5)) {
        case 0:
          return who.for_ever([&](const auto&... stop) { return ch_.pop(read, stop...); });
        case 1:
          return ch_.pop_until(read, who.deadline());
        case 2:
          return ch_.pop_for(read, who.in_a_while(), who.stop());
        case 3:
          return ch_.try_pop(read);
        default: {
          const status ready = who.for_ever([&](const auto&... stop) { return ch_.wait_ready(stop...); });
          if (ready != status::ok) return ready;
          const status s = ch_.try_pop(read);
          // Of several producers one that gave its room back leaves it to the pop to find that out.
          faults_.unless(s == status::ok || !goods::one_producer, "it was ready, and there was nothing");
          return s;
        }
      }
    }

   private:
    Channel& ch_;
    faults& faults_;
  };
};

template <template <std::size_t, class, class> class Ring, class Wait>
std::unique_ptr<trial> make_byte_channel_trial(setup& s) {
  using on = channel<Ring<dynamic_capacity, weather, shown_allocator<std::byte>>, Wait>;
  using it = channel_trial<on, record_goods<on>, record_ways<on>>;
  return std::make_unique<it>(s, [](setup& as, memory& block) {
    return std::make_unique<on>(some_bytes(as.luck), shown_allocator<std::byte>(block));
  });
}

inline structure byte_channel_structure() {
  return {"byte_channel", [](setup& s) {
            if (s.luck.one_in(3)) return make_byte_channel_trial<byte_ring, park>(s);
            if (s.luck.one_in(2)) return make_byte_channel_trial<mpsc_byte_ring, park>(s);
            return make_byte_channel_trial<mpsc_byte_ring, spin_park>(s);
          }};
}

}  // namespace volley::stress
