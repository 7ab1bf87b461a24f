// SPDX-License-Identifier: MIT

// seqlock and triple_buffer under real threads: nothing torn, nothing older than what was seen, nothing published in vain at the end.
// Built plain and for ThreadSanitizer.

#include <volley/env/chaos.hpp>
#include <volley/handoff/seqlock.hpp>
#include <volley/handoff/triple_buffer.hpp>

#include <gtest/gtest.h>

#include "scale.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace volley::testing {
namespace {

/// Words that belong together.
struct image {
  std::array<std::uint64_t, 9> words{};
  std::uint8_t rest = 0;

  image() = default;
  explicit image(std::uint64_t n) : rest(static_cast<std::uint8_t>(n)) {
    for (std::size_t i = 0; i != words.size(); ++i) words[i] = n * (i + 1);
  }
  bool is_whole() const {
    const image same(words[0]);
    return words == same.words && rest == same.rest;
  }
};

class LatestValueRace : public ::testing::Test {
 protected:
  watchdog watch_{100};
};

/// One stores 1 .. n; three read, in any mixture, until they have seen the last.
template <class Env>
void store_and_load(std::uint64_t n) {
  seqlock<image, Env> lock;
  std::size_t broken[3] = {};
  const auto read = [&](unsigned which) {
    std::uint64_t last = 0;
    for (unsigned i = 0; last != n; ++i) {
      const std::optional<image> got = i % 2 == 0 ? std::optional(lock.load()) : lock.try_load();
      if (!got) continue;
      if (!got->is_whole() || got->words[0] < last) ++broken[which];
      last = got->words[0];
    }
  };
  together(
      [&] {
        for (std::uint64_t i = 1; i <= n; ++i) lock.store(image(i));
      },
      [&] { read(0); }, [&] { read(1); }, [&] { read(2); });
  EXPECT_EQ(broken[0] + broken[1] + broken[2], 0U);
}

TEST_F(LatestValueRace, NoLoadIsTornOrOlderThanOneBefore) { store_and_load<native>(scaled(200'000)); }
TEST_F(LatestValueRace, NorWhenTheWriterDawdles) { store_and_load<chaos>(scaled(3'000)); }

/// Stores something, and nothing, in turn; the other sees either, whole.
template <class Maybe, class Something>
void store_maybe(const Something& something, std::size_t n) {
  seqlock<Maybe> lock;
  std::atomic<bool> over{false};
  std::size_t broken = 0;
  together(
      [&] {
        for (std::size_t i = 0; i != n; ++i) lock.store(i % 2 == 0 ? Maybe(something) : Maybe());
        lock.store(Maybe(something));
        over.store(true, std::memory_order_release);
      },
      [&] {
        for (bool last = false; !last;) {
          last = over.load(std::memory_order_acquire);
          const Maybe seen = lock.load();
          broken += seen == Maybe(something) || (!last && seen == Maybe()) ? 0U : 1U;
        }
      });
  EXPECT_EQ(broken, 0U);
}

/// 7 bytes at its end belong to no member.
struct with_a_tail {
  std::uint64_t number = 0;
  bool is_there = false;

  with_a_tail() = default;
  explicit with_a_tail(std::uint64_t n) : number(n), is_there(true) {}
  bool operator==(const with_a_tail&) const = default;
};

// Bytes that nobody has written are stored like the others. g++ 12, which saw that they had not been, warned of it here (-Wmaybe-uninitialized).
TEST_F(LatestValueRace, BytesThatBelongToNoMemberMakeNoDifference) {
  store_maybe<std::optional<std::uint64_t>>(std::uint64_t{7}, scaled(20'000));
  store_maybe<std::optional<std::uint32_t>>(7U, scaled(20'000));
  store_maybe<with_a_tail>(std::uint64_t{7}, scaled(20'000));
}

/// One publishes 1 .. n, the other reads until it has seen the last. The values own memory, and each side changes what it has.
template <class Env>
void publish_and_read(std::uint64_t n) {
  struct owning {
    std::uint64_t number = 0;
    std::string text = "0";
  };
  triple_buffer<owning, Env> buffer;
  std::atomic<std::uint64_t> published{0};
  std::size_t broken = 0;
  together(
      [&] {
        for (std::uint64_t i = 1; i <= n; ++i) {
          buffer.write([i](owning& mine) {
            mine.number = i;
            mine.text = std::string(20, 'x') + std::to_string(i);
          });
          buffer.publish();
          published.store(i, std::memory_order_release);
        }
      },
      [&] {
        for (std::uint64_t last = 0; last != n;) {
          const std::uint64_t sure = published.load(std::memory_order_acquire);
          const auto [value, is_new] = buffer.read();
          if (value.number < sure || (is_new ? value.number <= last : value.number != last)) ++broken;
          if (is_new && value.text != std::string(20, 'x') + std::to_string(value.number)) ++broken;
          if (is_new) value.text.clear();
          last = value.number;
        }
      });
  EXPECT_EQ(broken, 0U);
}

TEST_F(LatestValueRace, EachReadIsTheLatestAndNobodyElseTouchesIt) { publish_and_read<native>(scaled(200'000)); }
TEST_F(LatestValueRace, NorDoesThatDependOnHowFastASideIs) { publish_and_read<chaos>(scaled(10'000)); }

}  // namespace
}  // namespace volley::testing
