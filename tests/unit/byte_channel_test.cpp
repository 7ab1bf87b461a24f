// SPDX-License-Identifier: MIT

// The channels of records: byte_ring and mpsc_byte_ring that wait, close and drain.

#include "channels.hpp"
#include "throwing.hpp"

#include <volley/ring/byte_ring.hpp>
#include <volley/ring/mpsc_byte_ring.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;

template <template <std::size_t, class, class> class Ring, std::size_t Capacity>
struct byte_channel_of {
  static constexpr bool is_dynamic = Capacity == dynamic_capacity;
  using type = channel<Ring<Capacity, drowsy, std::allocator<std::byte>>>;
  static constexpr bool one_producer = type::ring_type::one_producer;

  /// 64 bytes: records of at most 24.
  static auto make() {
    if constexpr (is_dynamic) return std::make_unique<type>(std::size_t{64});
    if constexpr (!is_dynamic) return std::make_unique<type>();
  }
};
using byte_channels =
    ::testing::Types<byte_channel_of<byte_ring, 64>, byte_channel_of<byte_ring, dynamic_capacity>,
                     byte_channel_of<mpsc_byte_ring, 64>, byte_channel_of<mpsc_byte_ring, dynamic_capacity>>;
struct byte_channel_names {
  template <class Kind>
  static std::string GetName(int) {
    return std::string(Kind::one_producer ? "byte" : "mpsc_byte") + (Kind::is_dynamic ? "_dynamic" : "_fixed");
  }
};

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }
std::string text_of(std::span<const std::byte> record) {
  std::string all;
  for (const std::byte byte : record) all += static_cast<char>(byte);
  return all;
}

template <class Kind>
class ByteChannel : public ::testing::Test {
 protected:
  /// Appends what is read.
  auto reader() {
    return [this](std::span<const std::byte> record) { seen_ += text_of(record) + "."; };
  }
  /// Fills it up with records of a byte; how many.
  static int fill(typename Kind::type& ch) {
    int in = 0;
    while (ch.try_push(bytes("x")) == status::ok) ++in;
    return in;
  }
  std::string seen_;
  watchdog watch_{60};
};
TYPED_TEST_SUITE(ByteChannel, byte_channels, byte_channel_names);

TYPED_TEST(ByteChannel, GivesWhatWentInInOrderByEveryForm) {
  const auto ch = TypeParam::make();
  const auto read = this->reader();
  const auto later = steady::now() + 1h;
  EXPECT_EQ(ch->max_record(), 24U);
  for (int lap = 0; lap != 9; ++lap) {
    this->seen_.clear();
    EXPECT_EQ(ch->push(bytes("a")), status::ok);
    EXPECT_EQ(ch->push_until(bytes(""), later), status::ok);
    EXPECT_EQ(ch->pop(read), status::ok);
    EXPECT_EQ(ch->push_for(bytes("ccc"), 1h), status::ok);
    EXPECT_EQ(ch->pop_until(read, later), status::ok);
    EXPECT_EQ(ch->try_push(bytes("dddd")), status::ok);
    EXPECT_EQ(ch->pop_for(read, 1h), status::ok);
    const auto write = [](std::span<std::byte> to) { std::ranges::fill(to, std::byte{'e'}); };
    EXPECT_EQ(ch->push_with(5, write), status::ok);
    EXPECT_EQ(ch->try_pop(read), status::ok);
    EXPECT_EQ(ch->try_push_with(6, write), status::ok);
    EXPECT_EQ(ch->pop(read), status::ok);
    EXPECT_EQ(ch->pop(read), status::ok);
    EXPECT_EQ(ch->try_pop(read), status::empty);
    EXPECT_EQ(this->seen_, "a..ccc.dddd.eeeee.eeeeee.");
  }
}

TYPED_TEST(ByteChannel, ThatIsFullOrEmptyOrClosedSaysSo) {
  const auto ch = TypeParam::make();
  const auto read = this->reader();
  const sleepers asleep;
  EXPECT_EQ(ch->pop_for(read, 0s), status::timeout);
  EXPECT_EQ(ch->pop_until(read, steady::time_point{}), status::timeout);
  EXPECT_EQ(ch->wait_ready_for(-1s), status::timeout);
  ASSERT_EQ(this->fill(*ch), 4) << "a header and its byte are 16 bytes";
  EXPECT_EQ(ch->try_push(bytes("y")), status::full);
  EXPECT_EQ(ch->try_push_with(1, [](auto) { FAIL() << "there is no room to write to"; }), status::full);
  EXPECT_EQ(ch->push_for(bytes("y"), -1h), status::timeout);
  EXPECT_EQ(ch->push_until(bytes("y"), steady::time_point{}), status::timeout);
  EXPECT_EQ(ch->wait_ready(), status::ok);
  EXPECT_EQ(ch->size_approx(), 64U);
  ch->close();
  ch->close();
  EXPECT_TRUE(ch->is_closed() && !ch->is_drained());
  EXPECT_EQ(ch->push(bytes("y")), status::closed);
  EXPECT_EQ(ch->try_push(bytes("y")), status::closed);
  ch->for_each(read);
  EXPECT_EQ(this->seen_, "x.x.x.x.");
  EXPECT_TRUE(ch->is_drained());
  EXPECT_EQ(ch->pop(read), status::closed);
  EXPECT_EQ(ch->pop_for(read, 0s), status::closed);
  EXPECT_EQ(ch->try_pop(read), status::closed);
  EXPECT_EQ(ch->wait_ready(), status::closed);
  EXPECT_EQ(asleep.so_far(), 0U);
}

// S34: what can never fit is not waited for.
TYPED_TEST(ByteChannel, ARecordThatCanNeverFitIsRefused) {
  const auto ch = TypeParam::make();
  const std::string large(ch->max_record() + 1, 'z');
  const auto write = [](std::span<std::byte>) { FAIL() << "there is no such record"; };
#if defined(__cpp_exceptions)
  EXPECT_THROW(ch->push(bytes(large)), std::invalid_argument);
  EXPECT_THROW((void)ch->try_push(bytes(large)), std::invalid_argument);
  EXPECT_THROW((void)ch->push_for(bytes(large), 1h), std::invalid_argument);
  EXPECT_THROW(ch->push_with(large.size(), write), std::invalid_argument);
#else
  EXPECT_DEATH((void)ch->try_push_with(large.size(), write), "");
#endif
  EXPECT_TRUE(ch->empty_approx());
  EXPECT_EQ(ch->push(bytes(large).first(24)), status::ok) << "the largest fits";
}

TYPED_TEST(ByteChannel, ACapacityThatCannotBeIsRefused) {
  if constexpr (TypeParam::is_dynamic) {
    using made = typename TypeParam::type;
    for (const std::size_t capacity : {std::size_t{0}, std::size_t{7}, std::size_t{12}, made::max_capacity() + 8}) {
      SCOPED_TRACE(capacity);
      expect_refused<made, std::invalid_argument>(capacity);
    }
    EXPECT_EQ(made::make(80)->capacity(), 80U);
  }
}

TYPED_TEST(ByteChannel, AWriterThatThrowsHasWrittenNothing) {
  const auto ch = TypeParam::make();
  const auto fail = [](std::span<std::byte>) { throw_it(std::runtime_error("write")); };
  for (int i = 0; i != 9; ++i) {
    EXPECT_THROW(ch->push_with(24, fail), std::runtime_error);
    EXPECT_THROW((void)ch->try_push_with(24, fail), std::runtime_error);
    EXPECT_EQ(ch->push(bytes("after")), status::ok);
    EXPECT_EQ(ch->pop(this->reader()), status::ok);
  }
  EXPECT_EQ(this->seen_, "after.after.after.after.after.after.after.after.after.");
  EXPECT_EQ(ch->try_pop(this->reader()), status::empty);
}

// S67, and who waits for the room of what is gone learns of it.
TYPED_TEST(ByteChannel, AReaderThatThrowsHasTakenItsRecordAndMakesRoomForWhoWaits) {
  if (!has_exceptions) GTEST_SKIP() << "this needs exceptions";
  const auto ch = TypeParam::make();
  for (int i = 0; i != 5; ++i) {
    this->fill(*ch);
    std::atomic<bool> is_in{false};
    const sleepers asleep;
    together(
        [&] {
          EXPECT_EQ(ch->push(bytes("y")), status::ok);
          is_in = true;
        },
        [&] {
          asleep.await(1);
          const auto fail = [](std::span<const std::byte>) { throw_it(std::runtime_error("read")); };
          EXPECT_THROW(ch->pop(fail), std::runtime_error);
          until([&] { return is_in.load(); });
        });
    this->seen_.clear();
    while (ch->try_pop(this->reader()) == status::ok) {
    }
    EXPECT_EQ(this->seen_, "x.x.x.y.");
  }
}

TYPED_TEST(ByteChannel, WaitsForRoomAndForRecordsAndForTheEnd) {
  const auto ch = TypeParam::make();
  const std::size_t n = scaled(2'000);
  std::size_t bytes_in = 0;
  std::size_t bytes_out = 0;
  together(
      [&] {
        for (std::size_t i = 0; i != n; ++i) {
          const std::string record(i % 25, static_cast<char>('a' + i % 26));
          bytes_in += record.size();
          EXPECT_EQ(i % 2 == 0 ? ch->push(bytes(record)) : ch->push_for(bytes(record), 1h), status::ok);
        }
        ch->close();
      },
      [&] {
        std::size_t next = 0;
        ch->for_each([&](std::span<const std::byte> record) {
          EXPECT_EQ(record.size(), next % 25);
          for (const std::byte b : record) EXPECT_EQ(static_cast<std::size_t>(b), 'a' + next % 26);
          bytes_out += record.size();
          ++next;
        });
        EXPECT_EQ(next, n);
      });
  EXPECT_EQ(bytes_in, bytes_out);
}

TYPED_TEST(ByteChannel, ACloseEndsTheSleepOnBothSides) {
  const auto ends = [](auto&& wait, bool full) {
    const auto ch = TypeParam::make();
    if (full) TestFixture::fill(*ch);
    const sleepers asleep;
    together([&] { EXPECT_EQ(wait(*ch), status::closed); },
             [&] {
               asleep.await(1);
               ch->close();
             });
  };
  const auto none = [](std::span<const std::byte>) { FAIL() << "nothing went in"; };
  ends([&](auto& ch) { return ch.pop(none); }, false);
  ends([&](auto& ch) { return ch.pop_for(none, 1h); }, false);
  ends([](auto& ch) { return ch.wait_ready(); }, false);
  ends([](auto& ch) { return ch.push(bytes("y")); }, true);
  ends([](auto& ch) { return ch.push_for(bytes("y"), 1h); }, true);
}

// Of several who wait for room each comes in at last, also one that needs more of it than the others.
TEST(MpscByteChannel, LosesNothingOfManyProducersWhateverTheSizes) {
  const watchdog watch(60);
  channel<mpsc_byte_ring<64, drowsy>> ch;
  const std::size_t n = scaled(700);
  std::atomic<int> inside{3};
  const auto produce = [&](char who, std::size_t size) {
    return [&, who, size] {
      for (std::size_t i = 0; i != n; ++i) EXPECT_EQ(ch.push(bytes(std::string(size, who))), status::ok);
      if (--inside == 0) ch.close();
    };
  };
  std::vector<std::size_t> of(3);
  together(produce('0', 1), produce('1', 9), produce('2', 24), [&] {
    ch.for_each([&](std::span<const std::byte> record) {
      const auto who = static_cast<std::size_t>(record[0]) - '0';
      ASSERT_EQ(record.size(), who == 0 ? 1U : who == 1 ? 9U : 24U);
      ++of[who];
    });
  });
  EXPECT_EQ(of, std::vector<std::size_t>(3, n));
}

static_assert(!std::is_copy_constructible_v<channel<byte_ring<64>>> &&
              !std::is_move_constructible_v<channel<byte_ring<64>>>);

}  // namespace
}  // namespace volley::testing
