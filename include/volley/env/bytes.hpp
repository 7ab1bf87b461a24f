// SPDX-License-Identifier: MIT
#pragma once

// The memory of a byte ring as it is: raw bytes in grains of 8, where any grain can hold an atomic header of what lies behind it.
// Which grain is a header at what time, and who may touch it, is the algorithm's to say; nothing is checked.

#include <volley/env/native.hpp>

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <utility>

namespace volley {

/// Storage: where the grains live. Header: an atomic word of the Env that is in use.
template <class Storage, class Header>
class native::bytes {
  struct grain {
    alignas(Header) std::byte raw[sizeof(std::uint64_t)];
  };
  static_assert(sizeof(Header) == sizeof(std::uint64_t) && sizeof(grain) == sizeof(Header), "a header is a grain");

 public:
  using memory = typename Storage::template array<grain>;

  // NOLINTNEXTLINE(modernize-use-equals-default): the grains stay uninitialised on purpose
  bytes() noexcept requires(!Storage::is_dynamic) {}
  explicit bytes(memory&& from) noexcept requires(Storage::is_dynamic) : grains_(std::move(from)) {}

  /// In grains.
  std::size_t size() const noexcept { return grains_.size(); }

  /// Begins a header in grain i. No other thread may touch that grain meanwhile.
  void place(std::size_t i, std::uint64_t word) noexcept { ::new (static_cast<void*>(&grains_[i])) Header(word); }
  /// The header that place() began in grain i.
  Header& header(std::size_t i) noexcept { return *std::launder(reinterpret_cast<Header*>(&grains_[i])); }

  /// n bytes behind the header in grain i, up to the last grain.
  std::span<std::byte> behind(std::size_t i, std::size_t n) noexcept {
    return {reinterpret_cast<std::byte*>(&grains_[i]) + sizeof(grain), n};
  }

 private:
  memory grains_;
};

}  // namespace volley
