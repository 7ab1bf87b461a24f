// SPDX-License-Identifier: MIT
#pragma once

// Goes through what comes out of a channel, until that is closed and drained.

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

namespace volley::detail {

template <class Channel>
class popping_iterator {
  using next = decltype(std::declval<Channel&>().pop());

 public:
  using value_type = typename Channel::value_type;
  using difference_type = std::ptrdiff_t;
  using iterator_concept = std::input_iterator_tag;

  explicit popping_iterator(Channel& from) : from_(&from) { ++*this; }
  popping_iterator(popping_iterator&&) noexcept = default;
  popping_iterator& operator=(popping_iterator&&) noexcept = default;
  popping_iterator(const popping_iterator&) = delete;
  popping_iterator& operator=(const popping_iterator&) = delete;
  ~popping_iterator() = default;

  value_type& operator*() const noexcept { return **now_; }
  value_type* operator->() const noexcept { return std::addressof(**now_); }
  popping_iterator& operator++() {
    now_.reset();  // before the next one is waited for; and if that throws, there is none
    now_.emplace(from_->pop());
    return *this;
  }
  void operator++(int) { ++*this; }
  bool operator==(std::default_sentinel_t) const noexcept { return !now_ || !*now_; }

 private:
  Channel* from_;
  mutable std::optional<next> now_;
};

}  // namespace volley::detail
