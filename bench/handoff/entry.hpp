// SPDX-License-Identifier: MIT
#pragma once

// What can be measured: a list that fills itself as the program starts, from the headers of adapters/. The loops are compiled with the
// adapter, so that all of it is inline, and called once a round.
//
// An adapter is a mechanism as src/pingpong has them: post<Side>() and await<Side>(); or, where a trip is one call, lead(trips) and
// follow(trips). It may have is_right() -> bool: what went through it came whole. An operation is a class with a call operator;
// it may have is_right(), too.

#include "beats.hpp"
#include "pingpong/mechanism.hpp"
#include "pingpong/pair.hpp"
#include "side.hpp"

#include <volley/env/scope.hpp>
#include <volley/wait/policy.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

namespace volley::bench {

/// What two parties use it for. Like is compared with like; a call also with a signal each way, which carries nothing.
enum class use : std::uint8_t { signal, meeting, call };

/// The floor of a trip while both poll; asleep, all have the same.
enum class lines : std::uint8_t { one, two };

struct description {
  std::string_view name;
  use what_for;
  lines floor;
  std::string_view what;
};

/// One mechanism with one way to wait. `wait` is empty for what is not Volley's.
struct ping_pong {
  description about;
  std::string_view wait;
  side whose;
  bool between_processes;
  bool sleeps_at_once;  ///< its floor is a futex everywhere

  /// Adds it, then a second one that is tried out before: data is written before each hop and looked at after. What is returned says
  /// whether all that went through either so far was right.
  std::function<bool()> (*add)(pingpong::catalogue& to, pingpong::parties who, pingpong::mechanism_name name);
  std::unique_ptr<beats> (*make_beats)();  ///< null: it goes one way only together with the other

  pingpong::mechanism_name name() const { return {about.name, wait}; }
  bool is_floor() const { return about.name.starts_with("F_"); }
};

/// Something that one thread does over and over.
class repeated {
 public:
  virtual ~repeated() = default;
  virtual void run(std::uint64_t times) = 0;

  /// Whether it did so far what it is for, where it can tell.
  virtual bool is_right() const { return true; }
};

struct operation {
  std::string_view name;
  std::string_view what;
  side whose;
  std::unique_ptr<repeated> (*make)();
};

inline std::vector<ping_pong>& ping_pongs() {
  static std::vector<ping_pong> all;
  return all;
}
inline std::vector<operation>& operations() {
  static std::vector<operation> all;
  return all;
}

const ping_pong* find_ping_pong(pingpong::mechanism_name name);
const operation* find_operation(std::string_view name);

namespace detail {

template <class M>
inline constexpr bool is_call = requires(M& m) {
  m.lead(1U);
};

/// A mechanism, and data that it guards.
template <class M>
class tried {
  using enum std::memory_order;

 public:
  static constexpr pingpong::how waits = pingpong::waits_of<M>();

  void lead(std::uint32_t trips) {
    if constexpr (is_call<M>) {
      m_.lead(trips);
    } else {
      for (std::uint32_t i = 0; i != trips; ++i) {
        written_.store(2 * i, relaxed);  // ~ own
        m_.template post<0>();
        m_.template await<0>();
        see(2 * i + 1);
      }
    }
  }
  void follow(std::uint32_t trips) {
    if constexpr (is_call<M>) {
      m_.follow(trips);
    } else {
      for (std::uint32_t i = 0; i != trips; ++i) {
        m_.template await<1>();
        see(2 * i);
        written_.store(2 * i + 1, relaxed);  // ~ own
        m_.template post<1>();
      }
    }
  }
  bool is_right() const { return !is_wrong_.load(relaxed) && all_right(m_); }  // ~ own

 private:
  // Atomic, because a mechanism that is wrong lets both sides in.
  void see(std::uint32_t wanted) {
    if (written_.load(relaxed) != wanted) is_wrong_.store(true, relaxed);  // ~ own; ~ own
  }

  M m_;
  std::atomic<std::uint32_t> written_{0};
  std::atomic<bool> is_wrong_{false};
};

template <class M, class Shared>
std::function<bool()> add_for(pingpong::catalogue& to, pingpong::parties who, pingpong::mechanism_name name) {
  if constexpr (!std::is_void_v<Shared> && !std::is_same_v<M, Shared>) {
    if (who == pingpong::parties::processes) return add_for<Shared, Shared>(to, who, name);
  }
  const M& measured = to.add<M>(name);
  const tried<M>& trial = to.add<tried<M>>(name);
  return [&measured, &trial] { return all_right(measured) && trial.is_right(); };
}

template <class M>
std::unique_ptr<beats> make_beats_of() {
  return std::make_unique<beats_of<M>>();
}

template <class Operation>
class repeated_of final : public repeated {
 public:
  [[gnu::noinline]] void run(std::uint64_t times) override {
    for (; times != 0; --times) {
      operation_();
      asm volatile("" ::: "memory");
    }
  }
  bool is_right() const override { return all_right(operation_); }

 private:
  Operation operation_;
};

}  // namespace detail

/// Somebody else's, or a floor; Shared is the same between processes, void if it does not work there.
template <class M, class Shared = void>
void enrol(const description& about, side whose = side::rival, std::string_view wait = "") {
  ping_pong p{about,
              wait,
              whose,
              !std::is_void_v<Shared>,
              detail::tried<M>::waits == pingpong::how::asleep,
              detail::add_for<M, Shared>,
              nullptr};
  if constexpr (!detail::is_call<M>) p.make_beats = detail::make_beats_of<M>;
  ping_pongs().push_back(p);
}

/// Ours, by each policy: a template over how to wait and who shares it.
template <template <class Wait, class Scope> class M>
void enrol_ours(const description& about) {
  enrol<M<busy_spin, in_process>, M<busy_spin, between_processes>>(about, side::ours, "busy_spin");
  enrol<M<spin_yield, in_process>, M<spin_yield, between_processes>>(about, side::ours, "spin_yield");
  enrol<M<spin_park, in_process>, M<spin_park, between_processes>>(about, side::ours, "spin_park");
  enrol<M<park, in_process>, M<park, between_processes>>(about, side::ours, "park");
}

/// The same for what works between threads only.
template <template <class Wait> class M>
void enrol_ours_of_threads(const description& about) {
  enrol<M<busy_spin>>(about, side::ours, "busy_spin");
  enrol<M<spin_yield>>(about, side::ours, "spin_yield");
  enrol<M<spin_park>>(about, side::ours, "spin_park");
  enrol<M<park>>(about, side::ours, "park");
}

template <class Operation>
void enrol_operation(std::string_view name, std::string_view what, side whose = side::ours) {
  operations().push_back({name, what, whose, []() -> std::unique_ptr<repeated> {
                            return std::make_unique<detail::repeated_of<Operation>>();
                          }});
}

}  // namespace volley::bench
