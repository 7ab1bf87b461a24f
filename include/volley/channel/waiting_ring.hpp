// SPDX-License-Identifier: MIT
#pragma once

// What every channel is: a ring, how it ends (channel/admission.hpp), and two event counts, on which pops wait for elements and pushes for
// room. The faces, channel/channel.hpp and channel/byte_channel.hpp, say what goes in and comes out; this, how they wait for each other.
//
// Who: what the ring allows.
// Progress: an attempt is as the ring's; it makes a system call only if somebody sleeps for what it brought. A wait ends when what it
//   waits for, the close, the deadline or the stop comes.
// Memory: that of the ring. In process the event counts are asymmetric: while nobody sleeps an attempt costs two loads more, no RMW and no
//   store (but those of guarded_end). Between processes each that succeeds makes an RMW, and a push of one producer one more.
//
// Why nobody stays asleep. Who waits enrols, and then looks; who brings something does so, and then looks who is enrolled: one of them sees the
// other (handoff/asymmetric_event_count.hpp). Whoever brings one thing wakes one; nobody, if one who was woken is still on its way, who then
// finds it (wait/epochs.hpp: in turn). That one may find nothing: of two producers the second was faster, its element lies behind a slot that
// is claimed and not yet filled, and its wake was for nothing; when the first has filled the slot, it wakes one for two elements. So whoever
// takes something where several may, or leaves without, passes it on: if somebody is still
// enrolled, and more is there, it wakes one more. It sees who is: by the wake that was for it, it has seen the word that counts them since
// they enrolled. When the channel is closed it wakes all, for who sleeps until the last element is gone learns of that by nothing else.
// Room for records wakes all, too: what is enough for one is not for another.
// Source: WG21 P0260 for the verbs.

#include <volley/channel/admission.hpp>
#include <volley/channel/watched_event.hpp>
#include <volley/config.hpp>
#include <volley/env/native_wait.hpp>
#include <volley/env/scope.hpp>
#include <volley/env/stop.hpp>
#include <volley/handoff/event_count.hpp>
#include <volley/ring/storage.hpp>
#include <volley/status.hpp>
#include <volley/wait/patience.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace volley::detail {

template <class Ring, class Wait, class Scope>
class waiting_ring : protected how_long<typename Ring::env> {
  using env = typename Ring::env;
  using os = typename env::os;
  using how_long = detail::how_long<env>;
  static constexpr bool is_local = Scope::value == sharing::in_process;
  static_assert(is_local || !Ring::is_dynamic,
                "between processes there can be no pointer: take a ring of fixed capacity");

  using event = std::conditional_t<is_local, watched_event<Wait, env>, event_count<Wait, Scope, env>>;
  /// Several push records: room that is too little for one of them may do for another, and a pop that finds none may pass what was aborted.
  static constexpr bool sizes_differ = !Ring::one_producer && requires(const Ring& r) { r.max_record(); };
  using end = std::conditional_t<Ring::one_producer, guarded_end<Ring, Scope>, sealed_end<Ring>>;

 public:
  using ring_type = Ring;
  using wait_policy = Wait;
  using time_point = typename os::time_point;
  using stop_token = typename os::stop_token;

  /// Any thread, any number of times. No push that begins after it succeeds, and those that wait return closed; pops go on until all that
  /// went in is out. A push at the same time may go either way: its status says which. In process it makes a system call where there is one
  /// producer: it waits until all CPUs have seen it, some 0.5 us.
  void close() noexcept {
    end_.close(ring_);
    items_.notify_all();
    room_.notify_all();
  }
  /// Any thread. True also says that what was done before that close() can be seen here.
  bool is_closed() const noexcept { return end_.is_closed(ring_); }
  /// Any thread. Closed, and all that went in has been taken, or is being taken: pops say closed.
  bool is_drained() const noexcept { return end_.is_final(ring_) && ring_.empty_approx(); }

  /// Any thread. As the ring's.
  std::size_t capacity() const noexcept { return ring_.capacity(); }
  static constexpr std::size_t max_capacity() noexcept { return Ring::max_capacity(); }
  std::size_t size_approx() const noexcept { return ring_.size_approx(); }
  bool empty_approx() const noexcept { return ring_.empty_approx(); }

  /// Consumer. Waits until a pop is worth a try, and takes nothing. ok, closed, timeout or stopped. Several consumers may be told of one element.
  template <std::same_as<stop_token>... Stop>
  status wait_ready(const Stop&... stop) {
    return wait_ready_as(for_ever(stop...));
  }
  template <std::same_as<stop_token>... Stop>
  [[nodiscard]] status wait_ready_until(time_point deadline, const Stop&... stop) {
    return wait_ready_as(until(deadline, stop...));
  }
  template <class Rep, class Period, std::same_as<stop_token>... Stop>
  [[nodiscard]] status wait_ready_for(std::chrono::duration<Rep, Period> d, const Stop&... stop) {
    return wait_ready_as(until(after(d), stop...));
  }

  /// False where a successful push or pop makes an RMW: between processes, and where the kernel refuses membarrier(2).
  bool is_asymmetric() const noexcept {
    if constexpr (is_local) return items_.is_asymmetric();
    return false;
  }

 protected:
  using how_long::for_ever, how_long::until, how_long::after;

  waiting_ring() requires(!Ring::is_dynamic) = default;  // NOLINT(modernize-use-equals-delete): it is not
  template <class... Args>
  explicit waiting_ring(std::in_place_t, Args&&... args) : ring_(std::forward<Args>(args)...) {}
  template <class Memory>
  explicit waiting_ring(std::nullptr_t, Memory&& from) noexcept
      : ring_(ring_maker::ring_in<Ring>(std::forward<Memory>(from))) {}
  ~waiting_ring() = default;

  // ---- one try ----

  /// attempt() pushes, if it can, and says whether it did. ok, full or closed.
  template <class Attempt>
  status try_put(const Attempt& attempt) {
    unless_ended thrown(*this);
    const status s = end_.admit(ring_, attempt, [this] { items_.notify_all(); });
    thrown.disarm();
    if (s == status::ok) {
      items_.notify_one();
      pass_room_on();
    }
    return s;
  }
  /// attempt() pops, if it can, and says whether it did. ok, empty or closed.
  template <class Attempt>
  status try_take(const Attempt& attempt) {
    unless_ended thrown(*this);
    const status s = find(attempt);
    thrown.disarm();
    if (s == status::ok || sizes_differ) notify_of_room();
    if (s != status::empty) pass_items_on();
    return s;
  }

  // ---- as many as it takes ----

  // The first try by code inlined into the caller. What it refers to need not lie in memory for that: the rest takes it by value.
  template <class Attempt, class Stop>
  status put(const Attempt& attempt, const patience<env, Stop>& p) {
    const status s = try_put(attempt);
    return s != status::full ? s : put_later(attempt, p);
  }
  template <class Attempt, class Stop>
  status take(const Attempt& attempt, const patience<env, Stop>& p) {
    const status s = try_take(attempt);
    return s != status::empty ? s : take_later(attempt, p);
  }

  Ring& ring() noexcept { return ring_; }
  const Ring& ring() const noexcept { return ring_; }

 private:
  friend struct items_side;  // channel/sides.hpp: for who waits for it in an event loop
  friend struct room_side;

  /// attempt() once; and, when the end of all pushes had been seen, once more: what failed then has come to the end.
  template <class Attempt>
  status find(const Attempt& attempt) {
    if (attempt()) return status::ok;
    if (!end_.is_final(ring_)) [[likely]]
      return status::empty;
    if (attempt()) return status::ok;
    return ring_.empty_approx() ? status::closed : status::empty;
  }

  template <class Attempt, class Stop>
  [[gnu::noinline]] status put_later(Attempt attempt, patience<env, Stop> p) {
    const status s = wait(
        room_, [this, &attempt] { return try_put(attempt); }, status::full, p);
    if (s != status::ok && s != status::closed) pass_room_on();
    return s;
  }
  template <class Attempt, class Stop>
  [[gnu::noinline]] status take_later(Attempt attempt, patience<env, Stop> p) {
    const status s = wait(
        items_, [this, &attempt] { return try_take(attempt); }, status::empty, p);
    if (s != status::ok && s != status::closed) pass_items_on();
    return s;
  }

  /// ok: a pop is worth a try. Else empty or closed.
  status look() noexcept {
    return find([this] { return ring_.front_is_ready(); });
  }

  /// Tries until it ends otherwise than so, or the patience is over.
  template <class Try, class Stop>
  static status wait(event& on, const Try& one_try, status not_yet, const patience<env, Stop>& p) {
    status s = not_yet;
    const auto has_ended = [&s, &one_try, not_yet] { return (s = one_try()) != not_yet; };
    const status waited = on.await(has_ended, p);
    return waited == status::ok ? s : waited;
  }

  template <class Stop>
  status wait_ready_as(const patience<env, Stop>& p) {
    const status s = wait(
        items_, [this] { return look(); }, status::empty, p);
    pass_items_on();
    return s;
  }

  void pass_items_on() noexcept {
    if constexpr (!Ring::one_consumer) pass_on(items_, [this] { return !ring_.empty_approx(); });
  }
  void pass_room_on() noexcept {
    if constexpr (!Ring::one_producer) pass_on(room_, [this] { return ring_.size_approx() < ring_.capacity(); });
  }
  template <class More>
  void pass_on(event& to, const More& more) noexcept {
    if (!to.is_awaited()) [[likely]]
      return;
    if (is_closed()) {
      to.notify_all();
    } else if (more()) {
      (&to == &room_) ? notify_of_room() : to.notify_one();
    }
  }
  void notify_of_room() noexcept { sizes_differ ? room_.notify_all() : room_.notify_one(); }

  /// When an element throws, its slot, or what was in front of it, may be what somebody waits for.
  class unless_ended {
   public:
    explicit unless_ended(waiting_ring& r) noexcept : ring_(&r) {}
    unless_ended(const unless_ended&) = delete;
    unless_ended& operator=(const unless_ended&) = delete;
    ~unless_ended() {
      if (ring_ == nullptr) return;
      ring_->items_.notify_all();
      ring_->room_.notify_all();
    }
    void disarm() noexcept { ring_ = nullptr; }

   private:
    waiting_ring* ring_;
  };

  event items_;  ///< awaited by who pops
  event room_;   ///< and by who pushes
  [[no_unique_address]] end end_{is_asymmetric()};
  Ring ring_;
};

}  // namespace volley::detail
