// SPDX-License-Identifier: MIT
#pragma once

// A reference to an object that can be waited for beside others, whatever it is: a few functions that wait/several.hpp calls, a step of a
// wait each. An object takes part if it has a crowd (wait/crowd.hpp), several_access for a friend, and a static function
// take_since(first, seen) -> the word `seen` without what there is to take, or nothing; `first` is the word when the call began.

#include <volley/env/native_wait.hpp>
#include <volley/env/scope.hpp>
#include <volley/wait/crowd.hpp>
#include <volley/wait/policy.hpp>
#include <volley/wait/seat.hpp>
#include <volley/wait/stopping.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace volley {
namespace detail {

/// What one call knows of one of its objects.
struct standing {
  std::uint64_t first;  ///< the word when the call began
  std::uint64_t seen;   ///< and when it last looked, enrolled
  bool enrolled = false;
};

/// What can be done to an object that is waited for beside others.
template <class Env>
struct waitable_kind {
  using word = typename Env::template atomic<std::uint64_t>;

  std::uint64_t (*look)(void*);
  bool (*try_take)(void*, std::uint64_t first);
  bool (*take_or_enrol)(void*, standing&);
  bool (*leave)(void*, const standing&, bool wanted);
  void (*tick)(void*);  ///< wakes all
  const word& (*sleeps_on)(void*);
  seat<Env>& (*its_seat)(void*);
};

/// The friend of what has a crowd and may be waited for: a function take_since(first, seen) -> the word without what there is to take.
struct several_access {
  template <class Object>
  static auto crowd_in(Object& o) noexcept -> decltype((Object::take_since(0, 0), (o.crowd_))) {
    return o.crowd_;
  }

  template <class Object, class Crowd>
  struct of {
    static auto taking(std::uint64_t first) noexcept {
      return [first](std::uint64_t seen) { return Object::take_since(first, seen); };
    }
    static Crowd& in(void* o) noexcept { return static_cast<Object*>(o)->crowd_; }

    static constexpr waitable_kind<typename Crowd::environment> kind{
        [](void* o) { return in(o).look(); },
        [](void* o, std::uint64_t first) { return in(o).try_take(taking(first)); },
        [](void* o, standing& s) { return in(o).take_or_enrol(taking(s.first), s.enrolled, s.seen); },
        [](void* o, const standing& s, bool wanted) { return in(o).leave(taking(s.first), wanted); },
        [](void* o) { in(o).post(0, everybody); },
        [](void* o) -> const typename Crowd::word& { return in(o).sleeps_on(); },
        [](void* o) -> seat<typename Crowd::environment>& { return in(o).its_seat(); },
    };
  };
};

template <class Object>
using crowd_of = std::remove_reference_t<decltype(several_access::crowd_in(std::declval<Object&>()))>;

/// Something that can be waited for beside others; and that with these parameters.
template <class T>
concept waited = !std::is_const_v<T> && requires {
  typename crowd_of<T>;
};
template <class T, class Wait, class Env>
concept waited_by =
    waited<T> && std::is_same_v<typename crowd_of<T>::policy, Wait> &&
    std::is_same_v<typename crowd_of<T>::environment, Env> && crowd_of<T>::scope::value == sharing::in_process;

template <class Env, class Wait>
class several;

}  // namespace detail

/// Refers to an object that wait_any can wait for, for lists that are made at run time: waitable<> all[] = {a, b}; wait_any(all).
template <class Wait = spin_park, class Env = native>
class waitable {
 public:
  template <detail::waited_by<Wait, Env> Object>
  constexpr waitable(Object& o) noexcept  // NOLINT(google-explicit-constructor): it stands for the object
      : object_(&o), kind_(&detail::several_access::of<Object, detail::crowd_of<Object>>::kind) {}

 private:
  template <class, class>
  friend class detail::several;
  using standing = detail::standing;

  std::uint64_t look() const noexcept { return kind_->look(object_); }
  bool try_take(const standing& s) const noexcept { return kind_->try_take(object_, s.first); }
  bool take_or_enrol(standing& s) const noexcept { return kind_->take_or_enrol(object_, s); }
  bool leave(const standing& s, bool wanted) const noexcept { return kind_->leave(object_, s, wanted); }
  void tick() const noexcept { kind_->tick(object_); }
  const auto& sleeps_on() const noexcept { return kind_->sleeps_on(object_); }
  detail::seat<Env>& its_seat() const noexcept { return kind_->its_seat(object_); }

  void* object_;
  const detail::waitable_kind<Env>* kind_;
};

}  // namespace volley
