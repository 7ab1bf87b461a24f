// SPDX-License-Identifier: MIT
#pragma once

// What an executor is given: something to call, later, in the thread that is to go on with a coroutine.
//
// An executor is anything that can be called with a resumption, and copied or moved. It is called by who pushes, pops, closes or requests the
// stop, in that thread, several at a time, under no lock; it must not throw. To Asio: [&io](auto r) { asio::post(io, std::move(r)); }.
//
// Progress: of a call: that of a try of the channel; if it is in vain, the coroutine is suspended anew, which waits as channel/suspension.hpp says.
// Memory: what the coroutine did before it was suspended, and what was done before it was told, is visible where it goes on.

#include <concepts>
#include <type_traits>
#include <utility>

namespace volley {
namespace detail {

/// Something that goes on later, and lives as long as somebody holds it.
class resumable {
 public:
  resumable(const resumable&) = delete;
  resumable& operator=(const resumable&) = delete;

 protected:
  constexpr resumable() noexcept = default;
  ~resumable() = default;

 private:
  friend class held;

  virtual void resume() = 0;
  virtual void hold() noexcept = 0;
  virtual void let_go() noexcept = 0;
};

/// Holds it.
class held {
 public:
  explicit held(resumable& r) noexcept : what_(&r) { what_->hold(); }
  held(const held& other) noexcept : what_(other.what_) {
    if (what_ != nullptr) what_->hold();
  }
  held(held&& other) noexcept : what_(std::exchange(other.what_, nullptr)) {}
  held& operator=(held other) noexcept {
    std::swap(what_, other.what_);
    return *this;
  }
  ~held() {
    if (what_ != nullptr) what_->let_go();
  }

 protected:
  void resume() const {
    if (what_ != nullptr) what_->resume();
  }

 private:
  resumable* what_;
};

}  // namespace detail

/// To be called once, by any thread; or to be destroyed, if the coroutine need not go on. Does nothing if that is no more, or has been called before.
class resumption : private detail::held {
 public:
  explicit resumption(detail::resumable& r) noexcept : held(r) {}
  void operator()() const { resume(); }
};

template <class E>
concept executor = std::move_constructible<E> && std::invocable<E&, resumption>;

/// The executor that is none: the coroutine goes on in the thread that pushed, popped, closed or stopped, within that call, which returns when
/// it suspends next.
struct inline_executor {
  void operator()(const resumption& r) const { r(); }
};

}  // namespace volley
