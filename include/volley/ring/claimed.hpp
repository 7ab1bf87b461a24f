// SPDX-License-Identifier: MIT
#pragma once

// What a thread does with the slots that it has claimed, for ring/claiming_ring.hpp, which says what Claims are: fills them, takes their
// elements, or remembers them in a guard. Claims of runs and claims of one slot at a time differ here; the latter say so by a constant,
// most_in_guard: how many a guard holds at most. Nothing here is shared between threads.

#include <volley/config.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

namespace volley::detail {

template <class Claims>
concept claims_singly = requires {
  Claims::most_in_guard;
};

template <class Claims>
concept claims_all_at_once = requires {
  Claims::all_at_once;
};

template <class Claims>
concept claims_know_where = requires(typename Claims::run r) {
  r.where;
};

/// A run of so many slots from that position on.
template <class Claims>
typename Claims::run run_at(Claims& claims, typename Claims::index first, std::size_t size) noexcept {
  if constexpr (claims_know_where<Claims>) {
    return {first, size, std::addressof(claims.at(first))};
  } else {
    return {first, size};
  }
}
/// The first slot of a run that has one.
template <class Claims>
typename Claims::slot& slot_of(Claims& claims, const typename Claims::run& mine) noexcept {
  if constexpr (claims_know_where<Claims>) {
    return *mine.where;
  } else {
    return claims.at(mine.first);
  }
}
/// What is left of a run behind its first slot.
template <class Claims>
typename Claims::run rest_of(Claims& claims, typename Claims::run mine) noexcept {
  if constexpr (claims_singly<Claims>) {
    return {mine.first, 0};
  } else if constexpr (claims_know_where<Claims>) {
    return {claims.after(mine.first, 1), mine.size - 1, claims.slot_after(mine.where)};
  } else {
    return {claims.after(mine.first, 1), mine.size - 1};
  }
}

/// Slots claimed and not yet filled; what is left when it ends is given back.
template <class Claims>
struct filling {
  Claims& claims;
  typename Claims::run left;

  ~filling() {
    if (left.size != 0) claims.give_back(left);
  }
  template <class... Args>
  void construct(Args&&... args) {
    using slot = typename Claims::slot;
    if constexpr (sizeof(typename Claims::value_type) > 2 * cache_line) {
      slot& s = detail::slot_of(claims, left);
      construct_apart(s, std::forward<Args>(args)...);
      publish(s);
    } else {
      // Of more than half a line: looked for once more, or g++ 12 moves the stores of the element around, with the same effect as below.
      slot& s =
          sizeof(typename Claims::value_type) > cache_line / 2 ? claims.at(left.first) : detail::slot_of(claims, left);
      s.value.construct(std::forward<Args>(args)...);
      publish(s);
    }
  }
  /// Not inlined, so that no other work is scheduled between the stores of a large element and they leave the CPU in the order of its
  /// lines. The first of those is also the last of the slot before, which the consumer polls: where it was written between the others, 256
  /// bytes went through mpmc_ring 0.69 times as fast as through the best rival, and 1.02 times in the order of their addresses (Zen 4 guest).
  template <class... Args>
  [[gnu::noinline]] static void construct_apart(typename Claims::slot& s, Args&&... args) {
    s.value.construct(std::forward<Args>(args)...);
  }
  void publish(typename Claims::slot& slot) noexcept {
    claims.publish(slot, left.first);
    left = detail::rest_of(claims, left);
  }
};

/// Slots whose elements are taken, one after the other: the one it is at is destroyed and given back also when moving it out threw. When
/// it ends, what was claimed and not taken stays, where there is one consumer.
template <class Claims>
struct taking {
  Claims& claims;
  typename Claims::run left;
  const typename Claims::run all = left;

  ~taking() {
    if constexpr (Claims::one_consumer) claims.taken(all, all.size - left.size);
  }
  template <class F>
  void one(const F& f) {
    struct passing {
      taking& place;
      typename Claims::slot& slot;

      ~passing() {
        slot.value.destroy();
        place.claims.vacate(slot, place.left.first);
        place.left = detail::rest_of(place.claims, place.left);
      }
    } const pass{*this, detail::slot_of(claims, left)};
    f(pass.slot.value.value());
  }
};

/// A run: its first slot says where the others are.
template <class Claims>
class held_slots {
 public:
  static constexpr std::size_t most = Claims::max_capacity();
  /// Claims up to n with claim(n) -> run; how many.
  template <class Claim>
  std::size_t claim(std::size_t n, const Claim& claim) noexcept {
    const auto mine = claim(n);
    first_ = mine.first;
    return mine.size;
  }
  typename Claims::index operator()(const Claims& claims, std::size_t i) const noexcept {
    return claims.after(first_, i);
  }
  void give_back(Claims& claims, std::size_t from, std::size_t size) const noexcept {
    if (from != size) claims.give_back(detail::run_at(claims, claims.after(first_, from), size - from));
  }

 private:
  typename Claims::index first_{};
};

/// Slots from anywhere: each is noted.
template <claims_singly Claims>
class held_slots<Claims> {
 public:
  static constexpr std::size_t most = Claims::most_in_guard;
  template <class Claim>
  std::size_t claim(std::size_t n, const Claim& claim) noexcept {
    std::size_t size = 0;
    for (; size != (std::min)(n, most); ++size) {
      const auto one = claim(1);
      if (one.size == 0) break;
      each_[size] = one.first;
    }
    return size;
  }
  typename Claims::index operator()(const Claims&, std::size_t i) const noexcept { return each_[i]; }
  void give_back(Claims& claims, std::size_t from, std::size_t size) const noexcept {
    for (; from != size; ++from) claims.give_back({each_[from], 1});
  }

 private:
  typename Claims::index each_[most]{};
};

}  // namespace volley::detail
