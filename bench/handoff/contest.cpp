// SPDX-License-Identifier: MIT
#include "contest.hpp"

#include "cadence.hpp"
#include "pingpong/crew.hpp"
#include "pingpong/rounds.hpp"
#include "program/cpus.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace volley::bench {
namespace {

const ping_pong& entry_of(pingpong::mechanism_name name) {
  const ping_pong* const p = find_ping_pong(name);
  if (p == nullptr) throw fault(fmt::format("there is no {}", label_of(name)));
  return *p;
}

/// Round trips of two parties.
class trips_contest : public contest {
 public:
  trips_contest(const handoff_row& r, const handoff_conditions& under) : trial_(under.trial) {
    pingpong::catalogue all;
    for (const auto& name : r.arms) {
      is_right_.push_back(entry_of(name).add(all, r.who, name));
    }
    pair_ = pingpong::make_pair_of(r.who, std::move(all), program::usable_cpus());
    pair_->place(cpus_of(r.where, under));
    for (std::size_t i = 0; i != 2 * r.arms.size(); ++i) handoffs_.emplace_back(*pair_, i);
    contenders_.resize(r.arms.size());
  }

  void try_out(std::size_t arm) override {
    handoffs_[2 * arm + 1].run(trial_);
    if (!contenders_[arm]) contenders_[arm].emplace(handoffs_[2 * arm], nothing_);
    check(arm);
  }

  sample round(std::size_t arm) override {
    pingpong::contender& p = *contenders_[arm];
    const pingpong::cost c = p.round();
    check(arm);
    return {p.ns_per_trip(), p.ns_per_trip(), 1e9 * c.cpu_s / p.trips()};
  }

  void time(std::size_t arm, std::uint64_t wanted, pingpong::histogram& into) override {
    if (into.count() < wanted) contenders_[arm]->series(into, wanted - into.count());
  }

 protected:
  void check(std::size_t arm) const {
    if (!is_right_[arm]()) throw fault("a side went on before its turn, or what came over was not what was sent");
  }
  pingpong::handoff& arm_of(std::size_t arm) { return handoffs_[2 * arm]; }

 private:
  static pingpong::cpus cpus_of(placement where, const handoff_conditions& under) {
    return {under.cpus[0], where == placement::two_cpus ? under.cpus[1] : under.cpus[0]};
  }

  std::uint32_t trial_;
  std::function<void()> nothing_ = [] {};
  std::unique_ptr<pingpong::pair> pair_;
  std::vector<std::function<bool()>> is_right_;
  std::deque<pingpong::handoff> handoffs_;  ///< of each arm: what is measured, and its trial
  std::vector<std::optional<pingpong::contender>> contenders_;
};

/// Round trips of two parties, one every so often.
class paced_contest final : public trips_contest {
 public:
  paced_contest(const handoff_row& r, const handoff_conditions& under)
      : trips_contest(r, under), pace_{pingpong::trips_at(r.gap), r.gap}, all_(r.arms.size()) {}

  sample round(std::size_t arm) override {
    pingpong::histogram seen;
    const pingpong::cost c = arm_of(arm).run_timed(pace_, seen);
    check(arm);
    all_[arm].add(seen);
    const double trips = pace_.trips;
    return {static_cast<double>(seen.quantile(0.5)), static_cast<double>(c.ns) / trips, 1e9 * c.cpu_s / trips};
  }

  /// The rounds' own.
  void time(std::size_t arm, std::uint64_t /*wanted*/, pingpong::histogram& into) override { into = all_[arm]; }

 private:
  pingpong::pace pace_;
  std::vector<pingpong::histogram> all_;
};

/// Operations of one thread.
class costs_contest final : public contest {
 public:
  costs_contest(const handoff_row& r, const handoff_conditions& under) {
    if (!program::run_on({under.cpus.data(), 1}))
      throw fault("the system refuses to run a thread on the CPU it was given");
    for (const auto& name : r.arms) {
      arms_.push_back({find_operation(name.name)->make(), 100});
    }
  }

  void try_out(std::size_t arm) override { round(arm); }

  sample round(std::size_t arm) override {
    constexpr double round_ns = 1e6;
    one& o = arms_[arm];
    const auto times = static_cast<std::uint64_t>(std::clamp(round_ns / o.ns, 100.0, 1e7));
    const auto from = pingpong::steady::now();
    o.it->run(times);
    o.ns = std::max(
        1e-2, static_cast<double>(pingpong::ns_between(from, pingpong::steady::now())) / static_cast<double>(times));
    return {o.ns, o.ns, 0};
  }

 private:
  struct one {
    std::unique_ptr<repeated> it;
    double ns;
  };
  std::vector<one> arms_;
};

/// A poster and a waiter.
class cadence_contest final : public contest {
 public:
  cadence_contest(const handoff_row& r, const handoff_conditions& under)
      : threads_({under.cpus[0], r.where == placement::two_cpus ? under.cpus[1] : under.cpus[0]}),
        rounds_(threads_, pace_of(r.gap, under.between)) {
    for (const auto& name : r.arms) arms_.push_back(entry_of(name).make_beats());
  }

  void try_out(std::size_t /*arm*/) override {}  // as pairs they are tried out elsewhere

  sample round(std::size_t arm) override {
    const beat_figures f = rounds_.round(*arms_[arm]);
    return {f.median_ns, f.mean_ns, f.cpu_ns};
  }

 private:
  pingpong::crew threads_;
  cadence rounds_;
  std::vector<std::unique_ptr<beats>> arms_;
};

/// Eight pairs at once.
class crowd_contest final : public contest {
  static constexpr unsigned pairs = 8;

 public:
  crowd_contest(const handoff_row& r, const handoff_conditions& under)
      : threads_(places(r.where, under)), trial_(std::max(under.trial / 4, 1U)) {
    for (const auto& name : r.arms) {
      one& o = arms_.emplace_back();
      for (unsigned i = 0; i != pairs; ++i) o.is_right.push_back(entry_of(name).add(o.all, r.who, name));
    }
  }

  void try_out(std::size_t arm) override {
    run(arm, trial_, 1);
    for (const auto& is_right : arms_[arm].is_right) {
      if (!is_right()) throw fault("a side went on before its turn, or what came over was not what was sent");
    }
  }

  sample round(std::size_t arm) override {
    constexpr double round_ns = 20e6;
    one& o = arms_[arm];
    const std::uint32_t trips = pingpong::trips_for(o.ns, round_ns);
    o.ns = static_cast<double>(run(arm, trips, 0)) / trips;
    return {o.ns, o.ns, 0};
  }

 private:
  struct one {
    pingpong::catalogue all;
    std::vector<std::function<bool()>> is_right;
    double ns = 1e5;
  };

  /// which: 0 is what is measured, 1 its trial.
  std::uint64_t run(std::size_t arm, std::uint32_t trips, std::size_t which) {
    const pingpong::catalogue& all = arms_[arm].all;
    return threads_.run(2 * pairs, [&all, trips, which](unsigned me) {
      const pingpong::mechanism& m = all[me / 2 * 2 + which];
      me % 2 == 0 ? m.lead(m.state, trips) : m.follow(m.state, trips);
    });
  }

  static std::vector<int> places(placement where, const handoff_conditions& under) {
    std::vector<int> cpus;
    for (unsigned me = 0; me != 2 * pairs; ++me) {
      const unsigned pair = me / 2;
      const unsigned on = where == placement::two_cpus ? (me + pair) % 2 : pair % 2;
      cpus.push_back(where == placement::unpinned ? pingpong::crew::any_cpu : under.cpus[on]);
    }
    if (where == placement::unpinned && !program::run_on(under.cpus))
      throw fault("the system refuses to run a thread on the CPUs it was given");
    return cpus;
  }

  pingpong::crew threads_;
  std::uint32_t trial_;
  std::deque<one> arms_;
};

}  // namespace

std::unique_ptr<contest> make_contest(const handoff_row& r, const handoff_conditions& under) {
  switch (r.what) {
    case measure::cost:
      return std::make_unique<costs_contest>(r, under);
    case measure::cadence:
      return std::make_unique<cadence_contest>(r, under);
    case measure::crowd:
      return std::make_unique<crowd_contest>(r, under);
    case measure::paced:
      return std::make_unique<paced_contest>(r, under);
    case measure::rtt:
    case measure::rivals:
      break;
  }
  return std::make_unique<trips_contest>(r, under);
}

}  // namespace volley::bench
