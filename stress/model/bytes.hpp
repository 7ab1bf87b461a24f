// SPDX-License-Identifier: MIT
#pragma once

// The memory of a byte ring in the model: each grain has a shadow that takes part in Relacy's race detection, and says whether it holds a
// header or a user's bytes. A scenario writes and reads its records through write() and read() here, so that each access is checked.

#include "engine.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace model {

/// The one buffer of an execution, as its users see it.
class byte_memory {
 public:
  byte_memory(const byte_memory&) = delete;
  byte_memory& operator=(const byte_memory&) = delete;

  static byte_memory& the() { return *the_; }
  /// A user's access to a byte of a record.
  virtual void touch(const std::byte* where, bool writes) = 0;

 protected:
  byte_memory() { the_ = this; }
  ~byte_memory() = default;

 private:
  inline static byte_memory* the_ = nullptr;
};

template <class Storage, class Header>
class bytes final : byte_memory {
  enum : int { nothing, a_header, payload };
  struct grain {
    plain<int> holds{nothing};
    Header header{0};
  };
  static constexpr std::size_t most = 16;

 public:
  using memory = typename Storage::template array<grain>;

  std::size_t size() const { return grains_.size(); }

  void place(std::size_t i, std::uint64_t word) {
    at(i).holds.set(a_header);
    at(i).header.store(word, std::memory_order::relaxed);  // in place of a constructor, which is no scheduling point
  }
  Header& header(std::size_t i) {
    require(at(i).holds.get() == a_header, "a user's bytes taken for a header");
    return at(i).header;
  }
  std::span<std::byte> behind(std::size_t i, std::size_t n) {
    require((i + 1) * 8 + n <= size() * 8, "a record within the ring");
    return {raw_ + (i + 1) * 8, n};
  }

 private:
  grain& at(std::size_t i) {
    require(i < size(), "a grain of the ring");
    return grains_[i];
  }
  void touch(const std::byte* where, bool writes) override {
    grain& g = at(static_cast<std::size_t>(where - raw_) / 8);
    if (writes) return g.holds.set(payload);
    require(g.holds.get() == payload, "bytes that somebody wrote");
  }

  memory grains_;
  alignas(8) std::byte raw_[most * 8];
};

/// Fills a record with a word, again and again.
inline void write(std::span<std::byte> to, std::uint64_t word) {
  for (std::size_t i = 0; i < to.size(); i += 8) {
    byte_memory::the().touch(&to[i], true);
    std::memcpy(&to[i], &word, std::min<std::size_t>(8, to.size() - i));
  }
}
/// True when it was filled with that word.
inline bool read(std::span<const std::byte> from, std::uint64_t word) {
  bool same = true;
  for (std::size_t i = 0; i < from.size(); i += 8) {
    byte_memory::the().touch(&from[i], false);
    same = same && std::memcmp(&from[i], &word, std::min<std::size_t>(8, from.size() - i)) == 0;
  }
  return same;
}

}  // namespace model
