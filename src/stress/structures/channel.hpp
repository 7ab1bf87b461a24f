// SPDX-License-Identifier: MIT
#pragma once

#include "../element_ways.hpp"

namespace volley::stress {

template <class Channel, class Goods>
struct sleeping_trial {
  static std::unique_ptr<trial> make(setup& s) {
    using it = channel_trial<Channel, Goods, sleeping_ways<Channel, Goods>>;
    return std::make_unique<it>(s, channel_of_elements<Channel>);
  }
};

inline structure channel_structure() { return {"channel", channel_dice<sleeping_trial>::all}; }

}  // namespace volley::stress
