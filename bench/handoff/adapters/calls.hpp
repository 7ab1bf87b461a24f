// SPDX-License-Identifier: MIT
#pragma once

// What is asked and answered in the rows of calls: some words, all of them written by one side and looked at by the other.

#include "two_ways.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace volley::bench {

template <std::size_t Bytes>
struct letter {
  std::array<std::uint64_t, Bytes / 8> words;

  explicit letter(std::uint64_t number) noexcept { words.fill(number); }
  bool is(std::uint64_t number) const noexcept {
    std::uint64_t differing = 0;
    for (const std::uint64_t w : words) differing |= w ^ number;
    return differing == 0;
  }
};

/// The answer to a letter: its number and one more, or zeros to one that did not come whole.
template <std::size_t Bytes, std::size_t Asked>
letter<Bytes> answer_to(const letter<Asked>& l) noexcept {
  return letter<Bytes>(l.is(l.words[0]) ? l.words[0] + 1 : 0);
}

}  // namespace volley::bench
