// SPDX-License-Identifier: MIT
#pragma once

// Waits for whichever of several events and semaphores comes first, and consumes that one alone:
//   switch (wait_any(work, quit)) { case 0: ... }
//
// Who: any thread of the process, for objects that others wait for as well, one at a time or several. The objects are auto_reset_event,
//   manual_reset_event and counting_semaphore, 1 to 128 of them, all of one Wait and Env; the same one may be among them twice.
// Progress: a call waits until one of the objects is there to take; asleep, also while whoever posted it or requested the stop is between its
//   RMW and its FUTEX_WAKE. Who sleeps on one of these objects may have to wait while a wait_any that was woken in its place is between that
//   and its return.
// Memory: what a thread did before it posted the object is visible to the call that took it.
// Errors: the form without patience returns the number of the object, 0 for the first; the others that, or timeout or stopped. A timeout or a
//   stop takes nothing, and one that ties with a post is none. A list of waitables that is empty or longer than 128 is refused
//   (std::invalid_argument); nothing else throws.
// Fair: where several are there to take, which one is looked at first goes round evenly with each call of a thread: of n that are always there
//   none is passed over for long. (Other such calls of the same thread, in between and always as many, can make that longer.)
// Destruction: of the objects when every call has returned. The right of a waiter to destroy what it has waited for does not come with this.
// Between processes: not at all.
//
// Cost: a sleeping call is one futex_waitv over the words of all objects, and an RMW on each before and after. A post pays a FUTEX_WAKE if it finds
// sleepers, as ever, and a load. Where the kernel has no futex_waitv (before 5.16, or a sandbox), a call sleeps on one word of the process,
// and only a post to an object with such a waiter pays a second FUTEX_WAKE for it: wait/bells.hpp.
// For that, who posts and who waits must share one copy of Volley's variables: in a plugin, link the program with -rdynamic.
// A semaphore or event has a limited number of places for sleepers, one of which a call takes; where there is none it yields instead.
// State: none but that of the objects. Why no wake is lost: wait/several.hpp.
// Waiting: as the objects' Wait says; what is learnt of spinning lies in the first object.

#include <volley/env/native_wait.hpp>
#include <volley/env/stop.hpp>
#include <volley/refusal.hpp>
#include <volley/status.hpp>
#include <volley/wait/patience.hpp>
#include <volley/wait/several.hpp>
#include <volley/wait/waitable.hpp>

#include <array>
#include <cstddef>
#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>

namespace volley {

namespace detail {

struct any_of_nothing {};

/// The Wait and Env of what can be one of a call's objects: an object, or a waitable that stands for one.
template <class T>
struct one_of {};
template <waited Object>
struct one_of<Object> {
  using environment = typename crowd_of<Object>::environment;
  using policy = typename crowd_of<Object>::policy;
};
template <class Wait, class Env>
struct one_of<waitable<Wait, Env>> {
  using environment = Env;
  using policy = Wait;
};
template <class Wait, class Env>
struct one_of<const waitable<Wait, Env>> : one_of<waitable<Wait, Env>> {};
template <class T>
concept one_waited = requires {
  typename one_of<T>::environment;
};

/// What one call waits for: objects and waitables, an array of objects, or a list of waitables.
template <class... What>
struct any_of : any_of_nothing {};

template <one_waited First, one_waited... More>
struct any_of<First, More...> : one_of<First> {
  using reference = waitable<typename one_of<First>::policy, typename one_of<First>::environment>;

  static_assert(1 + sizeof...(More) <= most_of_several, "wait_any: at most 128 objects");
  static_assert(std::is_constructible_v<reference, First&> && (std::is_constructible_v<reference, More&> && ...),
                "wait_any: objects of one process, that have the same Wait and Env");

  template <class Do>
  static auto with(const Do& action, First& first, More&... more) {
    const reference objects[] = {first, more...};
    standing standings[1 + sizeof...(More)];
    several<typename any_of::environment, typename any_of::policy> all(objects, standings);
    return action(all);
  }
};

template <waited Object, std::size_t N>
struct any_of_array : one_of<Object> {
  template <class Do, class Array>
  static auto with(const Do& action, Array& objects) {
    return each(action, objects, std::make_index_sequence<N>());
  }

 private:
  template <std::size_t>
  using the_same = Object;
  template <class Do, class Array, std::size_t... I>
  static auto each(const Do& action, Array& objects, std::index_sequence<I...>) {
    return any_of<the_same<I>...>::with(action, objects[I]...);
  }
};
template <waited Object, std::size_t N>
struct any_of<Object[N]> : any_of_array<Object, N> {};
template <waited Object, std::size_t N>
struct any_of<std::array<Object, N>> : any_of_array<Object, N> {};

template <class List>
using element_of = std::remove_reference_t<decltype(*std::data(std::declval<const List&>()))>;

template <class List>
requires(one_waited<element_of<List>> && !waited<element_of<List>>) struct any_of<List> : one_of<element_of<List>> {
  template <class Do>
  static auto with(const Do& action, const List& list) {
    const std::size_t n = std::size(list);
    if (n == 0 || n > most_of_several) refuse_argument("wait_any: 1 to 128 objects");
    standing standings[most_of_several];
    several<typename any_of::environment, typename any_of::policy> all({std::data(list), n}, standings);
    return action(all);
  }
};

template <class... What>
using any_env = typename any_of<std::remove_reference_t<What>...>::environment;

template <class... What, class Stop>
result<std::size_t> wait_any_until(const patience<any_env<What...>, Stop>& p, What&... what) {
  const auto wait = [&p](auto& all) {
    const status s = all.wait(p);
    return s == status::ok ? result<std::size_t>(all.taken()) : result<std::size_t>(s);
  };
  return any_of<std::remove_reference_t<What>...>::with(wait, what...);
}

}  // namespace detail

/// Waits for one of these, takes it and returns its number: wait_any(event, gate), objects and waitables mixed at will; wait_any(events), an
/// array of objects of one kind; or wait_any(list), of waitables (an array, a vector, a span).
template <class... What, class Env = detail::any_env<What...>>
std::size_t wait_any(What&&... what) {
  const never_stopped none;
  return *detail::wait_any_until<What...>(detail::patience<Env, never_stopped>{Env::os::never, none}, what...);
}

/// The same until an absolute deadline of the steady clock (in the past: returns at once), or until a stop is requested: its number, or
/// timeout or stopped.
template <class... What, class Env = detail::any_env<What...>>
[[nodiscard]] result<std::size_t> wait_any(typename Env::os::time_point deadline, What&&... what) {
  const never_stopped none;
  return detail::wait_any_until<What...>(detail::patience<Env, never_stopped>{deadline, none}, what...);
}
template <class... What, class Env = detail::any_env<What...>>
[[nodiscard]] result<std::size_t> wait_any(const typename Env::os::stop_token& stop, What&&... what) {
  using token = typename Env::os::stop_token;
  return detail::wait_any_until<What...>(detail::patience<Env, token>{Env::os::never, stop}, what...);
}
template <class... What, class Env = detail::any_env<What...>>
[[nodiscard]] result<std::size_t> wait_any(typename Env::os::time_point deadline,
                                           const typename Env::os::stop_token& stop, What&&... what) {
  using token = typename Env::os::stop_token;
  return detail::wait_any_until<What...>(detail::patience<Env, token>{deadline, stop}, what...);
}

/// One look at each: takes the first that is there, and returns its number.
template <class... What, class Env = detail::any_env<What...>>
[[nodiscard]] std::optional<std::size_t> try_wait_any(What&&... what) {
  const auto look = [](auto& all) { return all.try_take() ? std::optional(all.taken()) : std::nullopt; };
  return detail::any_of<std::remove_reference_t<What>...>::with(look, what...);
}

}  // namespace volley
