// SPDX-License-Identifier: MIT
#pragma once

// The channel whose event counts need an atomic read-modify-write for each element: the form for memory that processes share.

#include "volley_channel.hpp"

#include <volley/env/scope.hpp>
#include <volley/ring/spsc_ring.hpp>

namespace volley::bench {

template <class T>
using shared_channel = channel<spsc_ring<T, usual_capacity>, spin_park, between_processes>;

template <class T>
struct shared_spsc_channel : volley_channel<T, shared_channel<T>, one_to_one> {
  static constexpr const char* name = "channel<spsc_ring<N>>/between_processes";
  static constexpr const char* mode = "push, pop; capacity in the type (1024); an RMW for each";
  static constexpr guarantee promises{order::one_fifo, bound::exact, progress::wait_free, answer::waits};
  using volley_channel<T, shared_channel<T>, one_to_one>::volley_channel;
};

using in_shared_spsc = adapters<shared_spsc_channel>;

}  // namespace volley::bench
