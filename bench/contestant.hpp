// SPDX-License-Identifier: MIT
#pragma once

// One adapter with one size of element, as something that is measured: the loops are compiled with the adapter, so that all of
// it is inline, and called once a round.

#include "beats.hpp"
#include "pingpong/payload.hpp"
#include "rivals/adapter.hpp"
#include "side.hpp"
#include "work.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace volley::bench {

using pingpong::payload;

/// Elements from some threads to others.
class transfer {
 public:
  static constexpr std::size_t largest_batch = 32;

  virtual ~transfer() = default;
  virtual void push_all(unsigned producer, work& w, tally& t) = 0;
  virtual void pop_all(unsigned producers, work& w, tally& t) = 0;
  virtual void push_batches(unsigned producer, work& w, tally& t) = 0;
  virtual void pop_batches(unsigned producers, work& w, tally& t) = 0;

  /// One thread: pushes an element and pops it, n times. False when that went wrong.
  virtual bool pairs(std::uint64_t n) = 0;

  /// One thread, once the others have left: pops what is still in there. How many elements that were.
  virtual std::uint64_t drain() = 0;
};

/// One element there, another back: two of the thing, one a direction. Polls without a pause, as its floor does.
class round_trip {
 public:
  virtual ~round_trip() = default;
  virtual bool lead(std::uint32_t trips, steady::time_point give_up) = 0;
  virtual bool follow(std::uint32_t trips, steady::time_point give_up) = 0;
};

struct contestant {
  std::string_view name;
  std::string_view mode;
  side whose;
  std::size_t bytes;
  bool many_producers;
  bool many_consumers;
  guarantee promises;
  bool has_batches;
  std::unique_ptr<transfer> (*make_transfer)(std::size_t capacity);
  std::unique_ptr<round_trip> (*make_round_trip)(std::size_t capacity);
  std::unique_ptr<beats> (*make_beats)() = nullptr;  ///< of what can wait asleep; else null
  bool needs_a_cpu_each = false;                     ///< with more threads a round may take minutes
};

/// All of them, in the order of their files; within the program's start-up they arrive one by one.
inline std::vector<contestant>& contestants() {
  static std::vector<contestant> all;
  return all;
}

namespace detail {

template <class Adapter, class Element>
class transfer_of final : public transfer {
  using producer = std::remove_reference_t<decltype(producer_end(std::declval<Adapter&>()))>;
  using consumer = std::remove_reference_t<decltype(consumer_end(std::declval<Adapter&>()))>;

 public:
  explicit transfer_of(std::size_t capacity) : queue_(capacity) {}

  void push_all(unsigned who, work& w, tally& t) override {
    decltype(auto) end = producer_end(queue_);
    Element e{};
    std::uint64_t number = 0;
    while (w.more_to_push()) {
      for (std::uint64_t i = 0; i != work::portion; ++i) {
        e.stamp(who, ++number);
        if (!until(w, [&] { return end.try_push(e); })) return give_up(t);
        t.sum += e.word();
        ++t.elements;
      }
    }
  }

  void pop_all(unsigned producers, work& w, tally& t) override {
    decltype(auto) end = consumer_end(queue_);
    order_check order(producers);
    Element e{};
    while (w.more_to_pop()) {
      for (std::uint64_t i = 0; i != work::portion; ++i) {
        if (!until(w, [&] { return end.try_pop(e); })) return give_up(t);
        touch(e);
        order.see(e, t);
      }
    }
  }

  void push_batches(unsigned who, work& w, tally& t) override {
    if constexpr (in_batches) {
      decltype(auto) end = producer_end(queue_);
      std::array<Element, largest_batch> some{};
      std::uint64_t number = 0;
      while (w.more_to_push()) {
        for (std::uint64_t i = 0; i != work::portion; i += largest_batch) {
          for (Element& e : some) {
            e.stamp(who, ++number);
            t.sum += e.word();
          }
          std::span<const Element> rest(some);
          while (!rest.empty()) {
            std::size_t n = 0;
            if (!until(w, [&] { return (n = end.try_push_n(rest)) != 0; })) return give_up(t);
            rest = rest.subspan(n);
          }
          t.elements += largest_batch;
        }
      }
    }
  }

  void pop_batches(unsigned producers, work& w, tally& t) override {
    if constexpr (in_batches) {
      decltype(auto) end = consumer_end(queue_);
      order_check order(producers);
      std::array<Element, largest_batch> some{};
      while (w.more_to_pop()) {
        for (std::uint64_t left = work::portion; left != 0;) {
          const auto room = std::span(some).first(std::min<std::size_t>(left, largest_batch));
          std::size_t n = 0;
          if (!until(w, [&] { return (n = end.try_pop_n(room)) != 0; })) return give_up(t);
          for (Element& e : room.first(n)) {
            touch(e);
            order.see(e, t);
          }
          left -= n;
        }
      }
    }
  }

  [[gnu::noinline]] bool pairs(std::uint64_t n) override {
    decltype(auto) in = producer_end(queue_);
    decltype(auto) out = consumer_end(queue_);
    Element e{};
    Element back{};
    for (std::uint64_t i = 1; i <= n; ++i) {
      e.stamp(0, i);
      if (!in.try_push(e) || !out.try_pop(back)) return false;
      touch(back);
      if (back.word() != i) return false;
    }
    return true;
  }

  std::uint64_t drain() override {
    decltype(auto) end = consumer_end(queue_);
    Element e{};
    std::uint64_t n = 0;
    while (end.try_pop(e)) ++n;
    return n;
  }

  static constexpr bool in_batches =
      requires(producer & in, consumer& out, std::span<const Element> from, std::span<Element> into) {
    { in.try_push_n(from) } -> std::same_as<std::size_t>;
    { out.try_pop_n(into) } -> std::same_as<std::size_t>;
  };

 private:
  static void give_up(tally& t) { t.gave_up = true; }

  Adapter queue_;
};

template <class Adapter, class Element>
class round_trip_of final : public round_trip {
 public:
  explicit round_trip_of(std::size_t capacity) : there_(capacity), back_(capacity) {}

  bool lead(std::uint32_t trips, steady::time_point give_up) override {
    decltype(auto) out = producer_end(there_);
    decltype(auto) in = consumer_end(back_);
    Element e{};
    for (std::uint32_t i = 1; i <= trips; ++i) {
      e.stamp(0, i);
      if (!poll(give_up, [&] { return out.try_push(e); }) || !poll(give_up, [&] { return in.try_pop(e); }))
        return false;
      touch(e);
      if (e.number() != i || !e.is_whole()) return false;
    }
    return true;
  }

  bool follow(std::uint32_t trips, steady::time_point give_up) override {
    decltype(auto) out = producer_end(back_);
    decltype(auto) in = consumer_end(there_);
    Element e{};
    for (std::uint32_t i = 1; i <= trips; ++i) {
      if (!poll(give_up, [&] { return in.try_pop(e); })) return false;
      touch(e);
      if (!poll(give_up, [&] { return out.try_push(e); })) return false;
    }
    return true;
  }

 private:
  template <class Once>
  static bool poll(steady::time_point give_up, const Once& once) {
    constexpr unsigned polls_a_look_at_the_clock = 1 << 20;
    for (unsigned polls = 1; !once(); ++polls) {
      if (polls % polls_a_look_at_the_clock == 0 && steady::now() > give_up) return false;
    }
    return true;
  }

  Adapter there_;
  Adapter back_;
};

/// Two of it, one a direction, as what a cadence measures.
template <class Adapter, class Element>
class there_and_back {
 public:
  template <unsigned Side>
  void post() {
    side_of_it& mine = sides_[Side];
    mine.sent.stamp(Side, mine.sent.number() + 1);
    if (!mine.queue.try_push(mine.sent)) mine.is_right = false;
  }
  template <unsigned Side>
  void await() {
    side_of_it& mine = sides_[Side];
    Element came{};
    const bool is_there = sides_[1 - Side].queue.try_pop(came);
    touch(came);
    mine.is_right =
        mine.is_right && is_there && came.is_whole() && came.producer() == 1 - Side && came.number() == ++mine.received;
  }
  bool is_right() const { return sides_[0].is_right && sides_[1].is_right; }

 private:
  struct alignas(2 * cache_line) side_of_it {
    Element sent{};
    std::uint64_t received = 0;
    bool is_right = true;
    alignas(2 * cache_line) Adapter queue{usual_capacity};
  };
  side_of_it sides_[2];
};

template <class Adapter, std::size_t Bytes>
void enrol(side whose, std::unique_ptr<beats> (*make_beats)() = nullptr) {
  using element = payload<Bytes>;
  static_assert(fifo_adapter<Adapter, element>);
  if constexpr (takes_its_element<Adapter>) {
    contestants().push_back({Adapter::name, Adapter::mode, whose, Bytes, Adapter::many_producers,
                             Adapter::many_consumers, Adapter::promises, transfer_of<Adapter, element>::in_batches,
                             [](std::size_t capacity) -> std::unique_ptr<transfer> {
                               return std::make_unique<transfer_of<Adapter, element>>(capacity);
                             },
                             [](std::size_t capacity) -> std::unique_ptr<round_trip> {
                               return std::make_unique<round_trip_of<Adapter, element>>(capacity);
                             },
                             make_beats, wants_cpus<Adapter>});
  }
}

}  // namespace detail

inline constexpr std::array<std::size_t, 3> element_sizes{8, 64, 256};

/// An object of one of these types, made as the program starts, adds adapters to the list: with all sizes of elements,
class enrolment {
 public:
  template <template <class> class... A>
  enrolment(adapters<A...> /*all*/, side whose) {
    (each_size<A>(whose), ...);
  }

 private:
  template <template <class> class A>
  void each_size(side whose) {
    detail::enrol<A<payload<element_sizes[0]>>, element_sizes[0]>(whose);
    detail::enrol<A<payload<element_sizes[1]>>, element_sizes[1]>(whose);
    detail::enrol<A<payload<element_sizes[2]>>, element_sizes[2]>(whose);
  }
};

/// with the smallest one alone,
class small_enrolment {
 public:
  template <template <class> class... A>
  small_enrolment(adapters<A...> /*all*/, side whose) {
    (detail::enrol<A<payload<element_sizes[0]>>, element_sizes[0]>(whose), ...);
  }
};

/// and the same for what waits asleep.
class waiting_enrolment {
 public:
  template <template <class> class... A>
  waiting_enrolment(adapters<A...> /*all*/, side whose) {
    (enrol<A<element>>(whose), ...);
  }

 private:
  using element = payload<element_sizes[0]>;

  template <class Adapter>
  static void enrol(side whose) {
    static_assert(Adapter::promises.says == answer::waits);
    detail::enrol<Adapter, sizeof(element)>(whose, []() -> std::unique_ptr<beats> {
      return std::make_unique<beats_of<detail::there_and_back<Adapter, element>>>();
    });
  }
};

}  // namespace volley::bench
