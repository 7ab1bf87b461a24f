// SPDX-License-Identifier: MIT

// Channels of records in the model: close() against pushes and pops, and room, which is enough for one record and too little for another.

#include <volley/channel/channel.hpp>

#include "byte_ring_scenarios.hpp"

namespace {

using namespace model;
using model::byte_rings::byte_ring;
using model::byte_rings::mpsc_byte_ring;
using volley::status;
using enum std::memory_order;

template <class Scenario>
void holds_at_random(unsigned long long executions = 20'000) {
  EXPECT_TRUE(model::holds<Scenario>(search::random(executions)));
  EXPECT_TRUE(model::holds<Scenario>(search::random_held(executions / 2)));
}

template <class Ring, class Scope = volley::in_process, bool Refused = false>
struct records_form {
  using channel = volley::channel<Ring, volley::park, Scope>;
  static constexpr bool refused = Refused;
};

template <class Form>
struct with_records : scenario {
  struct machine_first {
    machine_first() { machine::refuses_fences = Form::refused; }
  };
  fence_words fences;
  machine_first set;
  typename Form::channel ch;
  plain<int> note{0};

  status push(std::size_t size, std::uint64_t word) {
    return ch.push_with(size, [word](std::span<std::byte> to) { model::write(to, word); });
  }
  template <class See>
  status pop(const See& see) {
    return ch.pop([&see](std::span<const std::byte> from) { see(from); });
  }
};

/// One closes, Producers push records of several sizes until they are told, one pops until it is.
template <class Form, unsigned Producers>
struct closed_by_another : with_records<Form> {
  static constexpr int threads = 2 + Producers;
  static constexpr std::size_t sizes[] = {8, 3, 16};
  plain<int> in[2]{plain<int>(0), plain<int>(0)};
  int out[2] = {0, 0};

  void thread(unsigned which) override {
    if (which == 0) {
      this->note.set(1);
      return this->ch.close();
    }
    if (which <= Producers) return push_all(which - 1);
    while (this->pop([this](auto record) { see(record); }) == status::ok) {
    }
    require(this->note.get() == 1 && this->ch.is_drained(), "closed: nothing is left");
    for (unsigned p = 0; p != Producers; ++p) require(has_all_of(p), "what went in came out before closed was said");
  }
  void push_all(unsigned p) {
    for (int i = 0; i != 3; ++i) {
      const status s = this->push(sizes[i], word_of(p, i));
      if (s != status::ok) return require(this->note.get() == 1, "closed: what was done before close() is visible");
      in[p].set(i + 1);
      done[p].store(i + 1, release);
    }
  }
  /// How many it was told are in: no more than came out.
  bool has_all_of(unsigned p) { return done[p].load(acquire) <= out[p]; }
  void see(std::span<const std::byte> record) {
    for (unsigned p = 0; p != Producers; ++p) {
      if (out[p] == 3 || record.size() != sizes[out[p]] || !model::read(record, word_of(p, out[p]))) continue;
      ++out[p];
      return;
    }
    require(false, "each whole, once, and those of one producer in order");
  }
  static std::uint64_t word_of(unsigned p, int i) { return 0x100 * (p + 1) + static_cast<unsigned>(i); }
  void after() override {
    for (unsigned p = 0; p != Producers; ++p) require(in[p].get() == out[p], "what went in came out");
  }
  model::atomic<int> done[2]{model::atomic<int>(0), model::atomic<int>(0)};
};

TEST(ChannelOfRecordsModel, CloseAgainstPushesAndAPop) {
  holds_at_random<closed_by_another<records_form<byte_ring<5>>, 1>>();
  holds_at_random<closed_by_another<records_form<byte_ring<5>, volley::between_processes>, 1>>();
  holds_at_random<closed_by_another<records_form<byte_ring<5>, volley::in_process, true>, 1>>();
  holds_at_random<closed_by_another<records_form<mpsc_byte_ring<5>>, 1>>();
  holds_at_random<closed_by_another<records_form<mpsc_byte_ring<5>>, 2>>();
}

/// Two wait for room, one of them for more of it. What comes is enough for the other, and nothing more comes before that one is in.
template <class Form>
struct room_for_the_smaller : with_records<Form> {
  static constexpr int threads = 3;
  model::atomic<int> small_is_in{0};

  room_for_the_smaller() {
    for (int i = 0; i != 5; ++i) require(this->push(0, 0) == status::ok, "a header each");
  }
  void thread(unsigned which) override {
    if (which == 0) return require(this->push(16, 1) == status::ok, "in the end");
    if (which == 1) {
      require(this->push(0, 0) == status::ok, "there is room");
      return small_is_in.store(1, release);
    }
    const auto see = [](auto) {};
    require(this->pop(see) == status::ok, "there are five");
    while (small_is_in.load(acquire) == 0) modelled::relax();
    for (int i = 0; i != 6; ++i) require(this->pop(see) == status::ok, "the others");
  }
  using modelled = volley::modelled;
};

TEST(ChannelOfRecordsModel, RoomThatIsTooLittleForOneIsForTheOther) {
  holds_at_random<room_for_the_smaller<records_form<mpsc_byte_ring<5>>>>();
  holds_at_random<room_for_the_smaller<records_form<mpsc_byte_ring<5>, volley::between_processes>>>();
}

/// One throws while it writes, and so does another behind it: what the first one had claimed is free when the consumer has passed it, without a
/// record. A third one waits for that much.
template <class Form>
struct room_of_what_was_aborted : with_records<Form> {
  static constexpr int threads = 4;

  void thread(unsigned which) override {
    if (which == 3) {
      require(this->pop([](auto record) { require(record.size() == 16, "the third's"); }) == status::ok, "it comes");
    } else if (which == 2) {
      require(this->push(16, 1) == status::ok, "in the end");
    } else {
      try {
        (void)this->ch.push_with(which == 0 ? 16 : 8, [](std::span<std::byte> to) {
          model::write(to, 2);
          throw 1;
        });
      } catch (int) {
      }
    }
  }
};

TEST(ChannelOfRecordsModel, RoomOfWhatWasAbortedIsForWhoWaits) {
  holds_at_random<room_of_what_was_aborted<records_form<mpsc_byte_ring<5>>>>(40'000);
  holds_at_random<room_of_what_was_aborted<records_form<mpsc_byte_ring<5>, volley::between_processes>>>(40'000);
}

}  // namespace
