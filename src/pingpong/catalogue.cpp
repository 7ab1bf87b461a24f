// SPDX-License-Identifier: MIT
#include "mechanism.hpp"

#include "mechanisms/descriptors.hpp"
#include "mechanisms/floors.hpp"
#include "mechanisms/locks.hpp"
#include "mechanisms/std_waits.hpp"
#include "mechanisms/volleys.hpp"
#include "shared_memory.hpp"

namespace volley::pingpong {
namespace {

template <class Ring, class... Capacity>
void add_rings(catalogue& c, Capacity... capacity) {
  c.add<ring_pair<Ring, poll_hot>>({"spsc_ring", "busy_spin"}, capacity...);
  c.add<ring_pair<Ring, poll_politely>>({"spsc_ring", "spin_yield"}, capacity...);
}

}  // namespace

// A page of its own for each: a mechanism shares no line, and no pair of lines, with its neighbour.
void* catalogue::room_for(std::size_t size) {
  void* const at = map_shared(size);
  if (at == nullptr) throw std::bad_alloc();
  return at;
}

template <class Scope>
catalogue all_mechanisms(std::size_t capacity) {
  catalogue c;
  c.add<one_line>({"F_line1", ""});
  c.add<two_lines>({"F_line2", ""});
  c.add<raw_futex<Scope>>({"F_futex", ""});
  c.add<yield_turns>({"F_yield", ""});
  c.add<turn_pair<busy_spin, Scope>>({"turn", "busy_spin"});
  c.add<turn_pair<spin_yield, Scope>>({"turn", "spin_yield"});
  c.add<turn_pair<spin_park, Scope>>({"turn", "spin_park"});
  c.add<turn_pair<park, Scope>>({"turn", "park"});
  if (capacity == usual_capacity) {
    add_rings<usual_ring>(c);
  } else {
    add_rings<sized_ring>(c, capacity);
  }
  c.add<mutex_polled<Scope>>({"mutex_polled", ""});
  c.add<mutex_condvar<Scope>>({"mutex_condvar", ""});
  if constexpr (!is_shared<Scope>) {
    c.add<std_semaphores>({"binary_semaphore", ""});
    c.add<std_atomic_wait>({"atomic_wait", ""});
  }
  c.add<sem_pair<Scope>>({"sem_t", ""});
  c.add<descriptor_pair<with_pipes>>({"pipe", ""});
  c.add<descriptor_pair<with_eventfds>>({"eventfd", ""});
  c.add<descriptor_pair<with_sockets>>({"socketpair", ""});
  return c;
}

template catalogue all_mechanisms<in_process>(std::size_t);
template catalogue all_mechanisms<between_processes>(std::size_t);

}  // namespace volley::pingpong
