// SPDX-License-Identifier: MIT
#pragma once

// A ring of records without its type, beside the queue that it should be like, and what is done to both. Each payload looks like headers,
// of a record or of padding, so that a ring that takes old bytes for a header is caught.

#include "scale.hpp"
#include "seed.hpp"

#include <volley/ring/record_ring.hpp>
#include <volley/ring/records.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace volley::testing {

using byte_records = std::vector<std::vector<std::byte>>;

/// The i-th record ever: any byte of it tells.
inline std::vector<std::byte> record_of(std::uint64_t i, std::size_t size) {
  std::vector<std::byte> made(size);
  const std::uint64_t word = i % 3 == 0 ? ~(i << 3) : i % 64 << 3 | (1 + 2 * (i % 2));
  for (std::size_t at = 0; at < size; at += 8) {
    std::memcpy(&made[at], &word, std::min<std::size_t>(8, size - at));
  }
  return made;
}

struct ring_of_records {
  ring_of_records() = default;
  ring_of_records(const ring_of_records&) = delete;
  ring_of_records& operator=(const ring_of_records&) = delete;
  virtual ~ring_of_records() = default;

  virtual std::size_t capacity() const = 0;
  virtual std::size_t max_record() const = 0;
  virtual std::size_t size() const = 0;
  /// True when a read also passes the padding behind the last record that it takes.
  virtual bool passes_padding() const = 0;
  /// Claims so many bytes, and commits the record, which may be shorter.
  virtual claim_error push(std::size_t claimed, std::span<const std::byte> record) = 0;
  virtual claim_error copy_in(std::span<const std::byte> record) = 0;
  virtual claim_error abort(std::size_t claimed) = 0;
  virtual byte_records read(std::size_t limit) = 0;
  /// While a claim is open, which is committed then.
  virtual std::size_t read_during_a_claim(std::size_t claimed) = 0;
};

template <class Claims>
constexpr bool passes_padding_behind(const detail::record_ring<Claims>&) {
  return Claims::padding_may_be_last;
}

template <class Pointer>
struct records final : ring_of_records {
  explicit records(Pointer made) : ring(std::move(made)) {}

  std::size_t capacity() const override { return ring->capacity(); }
  std::size_t max_record() const override { return ring->max_record(); }
  std::size_t size() const override {
    EXPECT_EQ(ring->empty_approx(), ring->size_approx() == 0);
    return ring->size_approx();
  }
  bool passes_padding() const override { return passes_padding_behind(*ring); }
  claim_error push(std::size_t claimed, std::span<const std::byte> record) override {
    auto mine = ring->claim(claimed);
    EXPECT_EQ(bool{mine}, mine.why() == claim_error::none);
    EXPECT_EQ(mine.bytes().size(), mine ? claimed : 0);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(mine.bytes().data()) % 8, 0U);
    if (!mine) return mine.why();
    std::fill(mine.bytes().begin(), mine.bytes().end(), std::byte{0x0b});
    std::copy(record.begin(), record.end(), mine.bytes().begin());
    mine.commit(record.size());
    return mine.why();
  }
  claim_error copy_in(std::span<const std::byte> record) override { return ring->try_push(record); }
  claim_error abort(std::size_t claimed) override {
    auto mine = ring->claim(claimed);
    if (mine) std::fill(mine.bytes().begin(), mine.bytes().end(), std::byte{0x09});
    mine.abort();
    return mine.why();
  }
  byte_records read(std::size_t limit) override {
    byte_records all;
    const auto n = ring->read([&](std::span<const std::byte> got) { all.emplace_back(got.begin(), got.end()); }, limit);
    EXPECT_EQ(n, all.size());
    return all;
  }
  std::size_t read_during_a_claim(std::size_t claimed) override {
    const auto see = [](std::span<const std::byte>) {};
    auto mine = ring->claim(claimed);
    EXPECT_TRUE(mine);
    std::size_t early = ring->read(see);
    std::fill(mine.bytes().begin(), mine.bytes().end(), std::byte{0x09});
    early += ring->read(see);
    mine.commit();
    return early;
  }

  Pointer ring;
};

/// What a ring holds, and how much room there is, as long as all that is claimed is committed whole.
class record_model {
 public:
  explicit record_model(const ring_of_records& like)
      : grains_(like.capacity() / 8), passes_padding_(like.passes_padding()) {}

  bool push(std::vector<std::byte> record) {
    const std::size_t n = detail::grains_of(record.size());
    const std::size_t to_the_end = grains_ - tail_;
    const std::size_t padding = n <= to_the_end ? 0 : to_the_end;
    if (used_ + padding + n > grains_) return false;
    used_ += padding + n;
    tail_ = (tail_ + padding + n) % grains_;
    inside_.push_back({std::move(record), padding, n});
    return true;
  }
  byte_records read(std::size_t limit) {
    byte_records all;
    for (; all.size() != limit && !inside_.empty(); inside_.pop_front()) {
      used_ -= inside_.front().padding + inside_.front().grains;
      all.push_back(std::move(inside_.front().bytes));
    }
    if (passes_padding_ && !all.empty() && !inside_.empty()) used_ -= std::exchange(inside_.front().padding, 0);
    return all;
  }
  std::size_t size() const { return used_ * 8; }

 private:
  struct entry {
    std::vector<std::byte> bytes;
    std::size_t padding;
    std::size_t grains;
  };
  std::size_t grains_;
  bool passes_padding_;
  std::size_t tail_ = 0;
  std::size_t used_ = 0;
  std::deque<entry> inside_;
};

inline void push_both(ring_of_records& ring, record_model& model, std::uint64_t i, std::size_t size) {
  const auto record = record_of(i, size);
  const bool room = model.push(record);
  ASSERT_EQ(i % 2 == 0 ? ring.copy_in(record) : ring.push(size, record), room ? claim_error::none : claim_error::full);
  ASSERT_EQ(ring.size(), model.size());
}
inline void read_both(ring_of_records& ring, record_model& model, std::size_t limit) {
  ASSERT_EQ(ring.read(limit), model.read(limit));
  ASSERT_EQ(ring.size(), model.size());
}

/// Moves a drained ring on by this many grains.
inline void move_on(ring_of_records& ring, std::size_t grains) {
  for (; grains != 0; --grains) {
    ASSERT_EQ(ring.copy_in({}), claim_error::none);
    ASSERT_EQ(ring.read(2).size(), 1U);
  }
  ASSERT_EQ(ring.size(), 0U);
}

inline void fill_to_the_last_byte(ring_of_records& ring) {
  const std::size_t grains = ring.capacity() / 8;
  for (std::size_t round = 0; round != grains + 2; ++round) {
    for (std::size_t i = 0; i != grains; ++i) ASSERT_EQ(ring.copy_in({}), claim_error::none);
    ASSERT_EQ(ring.size(), ring.capacity());
    ASSERT_EQ(ring.copy_in({}), claim_error::full);
    ASSERT_EQ(ring.read(grains + 1).size(), grains);
    move_on(ring, 1);
  }
}

inline void claim_every_size_at_every_offset(ring_of_records& ring) {
  const std::size_t grains = ring.capacity() / 8;
  const std::size_t step = grains > 20 ? 13 : 1;
  for (std::size_t offset = 0; offset < grains; ++offset) {
    for (std::size_t size = 0; size <= ring.max_record(); size += step) {
      const auto record = record_of(offset + size, size);
      ASSERT_EQ(ring.push(size, record), claim_error::none) << size << " bytes at grain " << offset;
      ASSERT_EQ(ring.read(2), (byte_records{record})) << size << " bytes at grain " << offset;
      const std::size_t used = detail::grains_of(size);
      const std::size_t now = used <= grains - offset ? offset + used : used;
      move_on(ring, (offset + grains - now % grains) % grains);
    }
    move_on(ring, 1);
  }
  for (std::size_t i = 0; i != 3 * grains; ++i) {
    ASSERT_EQ(ring.abort(ring.max_record()), claim_error::none);
    ASSERT_EQ(ring.size(), 0U) << "nobody has claimed behind it";
    if (i % 3 == 0) move_on(ring, 1);
  }
}

inline void fill_at_every_offset_and_drain(ring_of_records& ring) {
  const std::size_t grains = ring.capacity() / 8;
  const std::size_t step = grains > 20 ? 8 : 1;
  record_model model(ring);
  std::uint64_t i = 0;
  for (std::size_t offset = 0; offset < grains; offset += step) {
    for (std::size_t size = 0; size <= ring.max_record(); size += 8 * step) {
      for (std::size_t n = 0; n != grains + 1; ++n) push_both(ring, model, i++, size);
      for (std::size_t small = size; small != 0; small -= 8) push_both(ring, model, i++, small - 8);
      read_both(ring, model, 1);
      push_both(ring, model, i++, size);
      read_both(ring, model, grains + 1);
      push_both(ring, model, i++, ring.max_record());
      read_both(ring, model, 2);
      if (::testing::Test::HasFatalFailure()) FAIL() << size << " bytes, round " << offset;
    }
    push_both(ring, model, i++, 0);
    read_both(ring, model, 1);
  }
}

inline void do_random_records(ring_of_records& ring) {
  const std::uint64_t seed = random_seed();
  SCOPED_TRACE("VOLLEY_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  record_model model(ring);
  std::uint64_t i = 0;
  for (std::size_t left = scaled(3000); left != 0; --left) {
    const std::size_t most = random() % 4 == 0 ? ring.max_record() : std::min<std::size_t>(ring.max_record(), 20);
    if (random() % 2 == 0) {
      read_both(ring, model, random() % 5);
    } else {
      for (auto spell = random() % 6; spell != 0; --spell) push_both(ring, model, i++, random() % (most + 1));
    }
    if (::testing::Test::HasFatalFailure()) return;
  }
}

inline void refuse_what_is_too_large(ring_of_records& ring) {
  for (const bool full : {false, true}) {
    while (full && ring.copy_in({}) == claim_error::none) {
    }
    for (const std::size_t more : {std::size_t{1}, std::size_t{8}, ring.capacity(), std::size_t{1} << 32,
                                   std::size_t{1} << 61, ~std::size_t{0} - ring.max_record()}) {
      ASSERT_EQ(ring.push(ring.max_record() + more, {}), claim_error::too_large) << more;
    }
    ASSERT_EQ(ring.push(0, {}), full ? claim_error::full : claim_error::none);
    ASSERT_EQ(ring.read(ring.capacity()).size(), full ? ring.capacity() / 8 : 1);
  }
}

inline void look_at_every_step(ring_of_records& ring) {
  for (std::size_t round = 0; round != 4 * ring.capacity(); ++round) {
    const std::size_t size = round % (ring.max_record() + 1);
    ASSERT_EQ(ring.read(1).size(), 0U);
    ASSERT_EQ(ring.read_during_a_claim(size), 0U);
    const auto got = ring.read(2);
    ASSERT_EQ(got.size(), 1U);
    ASSERT_EQ(got.front().size(), size);
  }
}

inline void commit_short_and_abort_at_every_offset(ring_of_records& ring) {
  const std::size_t grains = ring.capacity() / 8;
  const std::size_t step = grains > 20 ? 61 : grains > 10 ? 7 : 1;
  for (std::size_t offset = 0; offset != grains; ++offset) {
    for (std::size_t claimed = 0; claimed <= ring.max_record(); claimed += step) {
      for (std::size_t size = 0; size <= claimed; size += step) {
        const auto record = record_of(size, size);
        ASSERT_EQ(ring.push(claimed, record), claim_error::none);
        (void)ring.abort(size);  // behind it, if there is room
        ASSERT_EQ(ring.read(3), (byte_records{record})) << size << " of " << claimed << " bytes";
        ASSERT_EQ(ring.size(), 0U);
      }
    }
    move_on(ring, 1);
  }
}

inline void keep_the_limit(ring_of_records& ring) {
  const std::size_t grains = ring.capacity() / 8;
  for (std::size_t i = 0; i != grains; ++i) ASSERT_EQ(ring.copy_in({}), claim_error::none);
  ASSERT_EQ(ring.read(0).size(), 0U);
  ASSERT_EQ(ring.size(), ring.capacity());
  ASSERT_EQ(ring.read(1).size(), 1U);
  ASSERT_EQ(ring.size(), ring.capacity() - 8);
  ASSERT_EQ(ring.read(grains + 5).size(), grains - 1);
  ASSERT_EQ(ring.read(1).size(), 0U);
}

}  // namespace volley::testing
