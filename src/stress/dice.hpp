// SPDX-License-Identifier: MIT
#pragma once

// Dice that roll the same for the same seed, everywhere.

#include <cstdint>
#include <string_view>

namespace volley::stress {

/// splitmix64: G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014).
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

class dice {
 public:
  constexpr explicit dice(std::uint64_t seed) noexcept : at_(seed) {}

  constexpr std::uint64_t roll() noexcept { return mix(at_++); }
  /// 0 .. n - 1, for a small n.
  constexpr std::uint64_t below(std::uint64_t n) noexcept { return roll() % n; }
  constexpr bool one_in(std::uint64_t n) noexcept { return below(n) == 0; }
  /// Others, that have nothing to do with these.
  constexpr dice split() noexcept { return dice(mix(roll())); }

 private:
  std::uint64_t at_;
};

/// The seed of something that has a name (FNV-1a, then mixed).
constexpr std::uint64_t seed_for(std::uint64_t seed, std::string_view name) noexcept {
  std::uint64_t h = 0xcbf29ce484222325;
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return mix(seed ^ h);
}

}  // namespace volley::stress
