// SPDX-License-Identifier: MIT
#pragma once

// Goes through what comes out of a channel, until that is closed and drained.

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>

namespace volley::detail {

template <class Channel>
class popping_iterator {
  using next = decltype(std::declval<Channel&>().pop());

 public:
  using value_type = typename Channel::value_type;
  using difference_type = std::ptrdiff_t;
  using iterator_concept = std::input_iterator_tag;

  explicit popping_iterator(Channel& from) : from_(&from), now_(from.pop()) {}
  popping_iterator(popping_iterator&&) noexcept = default;
  popping_iterator& operator=(popping_iterator&&) noexcept = default;
  popping_iterator(const popping_iterator&) = delete;
  popping_iterator& operator=(const popping_iterator&) = delete;
  ~popping_iterator() = default;

  value_type& operator*() const noexcept { return *now_; }
  value_type* operator->() const noexcept { return std::addressof(*now_); }
  popping_iterator& operator++() {
    // In its place: an element need not be assignable.
    std::destroy_at(std::addressof(now_));
    std::construct_at(std::addressof(now_), from_->pop());
    return *this;
  }
  void operator++(int) { ++*this; }
  bool operator==(std::default_sentinel_t) const noexcept { return !now_; }

 private:
  Channel* from_;
  mutable next now_;
};

}  // namespace volley::detail
