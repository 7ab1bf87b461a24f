// SPDX-License-Identifier: MIT
#include "mechanism.hpp"

#include "mechanisms/carrying.hpp"
#include "mechanisms/descriptors.hpp"
#include "mechanisms/floors.hpp"
#include "mechanisms/locks.hpp"
#include "mechanisms/std_waits.hpp"
#include "mechanisms/volleys.hpp"
#include "shared_memory.hpp"

#include <stdexcept>
#include <type_traits>

namespace volley::pingpong {
namespace {

/// M, and data beside it if there is any.
template <class M, std::size_t Bytes>
using loaded = std::conditional_t<Bytes == 0, M, carrying<M, Bytes>>;

template <std::size_t Bytes>
using element = std::conditional_t<Bytes == 0, std::uint64_t, payload<Bytes>>;

template <class Ring, class... Capacity>
void add_rings(catalogue& c, Capacity... capacity) {
  c.add<ring_pair<Ring, poll_hot>>({"spsc_ring", "busy_spin"}, capacity...);
  c.add<ring_pair<Ring, poll_politely>>({"spsc_ring", "spin_yield"}, capacity...);
}

template <class Scope, std::size_t Bytes>
catalogue mechanisms_with(std::size_t capacity) {
  catalogue c;
  c.add<one_line>({"F_line1", ""});
  c.add<two_lines>({"F_line2", ""});
  c.add<raw_futex<Scope>>({"F_futex", ""});
  c.add<yield_turns>({"F_yield", ""});
  c.add<loaded<turn_pair<busy_spin, Scope>, Bytes>>({"turn", "busy_spin"});
  c.add<loaded<turn_pair<spin_yield, Scope>, Bytes>>({"turn", "spin_yield"});
  c.add<loaded<turn_pair<spin_park, Scope>, Bytes>>({"turn", "spin_park"});
  c.add<loaded<turn_pair<park, Scope>, Bytes>>({"turn", "park"});
  if (capacity == usual_capacity) {
    add_rings<usual_ring_of<element<Bytes>>>(c);
  } else {
    add_rings<sized_ring_of<element<Bytes>>>(c, capacity);
  }
  c.add<loaded<mutex_polled<Scope>, Bytes>>({"mutex_polled", ""});
  c.add<loaded<mutex_condvar<Scope>, Bytes>>({"mutex_condvar", ""});
  if constexpr (!is_shared<Scope>) {
    c.add<loaded<std_semaphores, Bytes>>({"binary_semaphore", ""});
    c.add<loaded<std_atomic_wait, Bytes>>({"atomic_wait", ""});
  }
  c.add<loaded<sem_pair<Scope>, Bytes>>({"sem_t", ""});
  c.add<loaded<descriptor_pair<with_pipes>, Bytes>>({"pipe", ""});
  c.add<loaded<descriptor_pair<with_eventfds>, Bytes>>({"eventfd", ""});
  c.add<loaded<descriptor_pair<with_sockets>, Bytes>>({"socketpair", ""});
  return c;
}

}  // namespace

// A page of its own for each: a mechanism shares no line, and no pair of lines, with its neighbour.
void* catalogue::room_for(std::size_t size) {
  void* const at = map_shared(size);
  if (at == nullptr) throw std::bad_alloc();
  return at;
}

template <class Scope>
catalogue all_mechanisms(std::size_t capacity, std::size_t payload_bytes) {
  switch (payload_bytes) {
    case 0:
      return mechanisms_with<Scope, 0>(capacity);
    case payload_sizes[0]:
      return mechanisms_with<Scope, payload_sizes[0]>(capacity);
    case payload_sizes[1]:
      return mechanisms_with<Scope, payload_sizes[1]>(capacity);
    case payload_sizes[2]:
      return mechanisms_with<Scope, payload_sizes[2]>(capacity);
    default:
      throw std::logic_error("no such payload");
  }
}

template catalogue all_mechanisms<in_process>(std::size_t, std::size_t);
template catalogue all_mechanisms<between_processes>(std::size_t, std::size_t);

}  // namespace volley::pingpong
