// SPDX-License-Identifier: MIT
#include "bout.hpp"

#include "crew.hpp"
#include "pingpong/mechanisms/floors.hpp"
#include "pingpong/rounds.hpp"
#include "transfers.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>

namespace volley::bench {
namespace {

/// Rounds of a millisecond or 3000 trips, whichever is less.
class trips : public measured {
 public:
  double round() override {
    const auto n = static_cast<std::uint32_t>(pingpong::trips_for(ns_));
    ns_ = static_cast<double>(run(n)) / n;
    return ns_;
  }

 private:
  virtual std::uint64_t run(std::uint32_t n) = 0;

  double ns_ = 1e5;
};

class floor_trips final : public trips {
 public:
  explicit floor_trips(crew& threads) : threads_(threads) {}

 private:
  std::uint64_t run(std::uint32_t n) override {
    return threads_.run(2, [this, n](unsigned me) { me == 0 ? lead(n) : follow(n); });
  }

  void lead(std::uint32_t n) {
    for (; n != 0; --n) {
      lines_.post<0>();
      lines_.await<0>();
    }
  }
  void follow(std::uint32_t n) {
    for (; n != 0; --n) {
      lines_.await<1>();
      lines_.post<1>();
    }
  }

  crew& threads_;
  pingpong::two_lines lines_;
};

class ring_trips final : public trips {
 public:
  ring_trips(crew& threads, const contestant& c, const conditions& under)
      : threads_(threads), pair_(c.make_round_trip(under.capacity)), patience_(under.patience_s) {}

 private:
  std::uint64_t run(std::uint32_t n) override {
    const auto give_up = steady::now() + std::chrono::seconds(patience_) / 2;
    bool is_right = false;
    const std::uint64_t ns = threads_.run(2, [&](unsigned me) {
      if (me == 0) {
        is_right = pair_->lead(n, give_up);
      } else {
        pair_->follow(n, give_up);
      }
    });
    if (!is_right) throw fault("the element that came back was another one, or none");
    return ns;
  }

  crew& threads_;
  std::unique_ptr<round_trip> pair_;
  int patience_;
};

std::unique_ptr<measured> make(const row_spec& r, const contestant& c, unsigned batch, crew& threads,
                               const conditions& under) {
  if (r.what == task::rtt) return std::make_unique<ring_trips>(threads, c, under);
  return std::make_unique<transfers>(threads, c, batch, r.threads, under);
}

}  // namespace

void fight(const row_spec& r, const conditions& under, ledger& into) {
  const auto now = [&into](ending if_it_stops) { into.enter(static_cast<std::uint32_t>(if_it_stops)); };
  now(ending::not_run);
  crew threads(placement(r.threads, under.cpus));
  floor_trips floor(threads);
  now(ending::ours_failed);
  const auto ours = make(r, *r.ours, r.our_batch, threads, under);
  now(ending::rival_failed);
  const auto rival = make(r, *r.rival, r.rival_batch, threads, under);
  constexpr std::size_t warm_up = 4;
  for (std::size_t i = 0; i != warm_up + under.rounds; ++i) {
    round got{};
    now(ending::not_run);
    got.floor = floor.round();
    for (const bool is_ours : {i % 2 == 0, i % 2 != 0}) {
      now(is_ours ? ending::ours_failed : ending::rival_failed);
      (is_ours ? got.ours : got.rival) = (is_ours ? ours : rival)->round();
    }
    if (i >= warm_up) into.rounds[into.done++] = got;
  }
  into.misplaced = rival->misplaced();
  now(ending::fair);
}

}  // namespace volley::bench
