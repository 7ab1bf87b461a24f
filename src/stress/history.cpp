// SPDX-License-Identifier: MIT
#include "history.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace volley::stress {
namespace {

constexpr tick never = std::numeric_limits<tick>::max();

/// One operation, and who did it.
struct place {
  const operation* what;
  std::uint32_t thread;
};

struct element {
  place in;
  place out{nullptr, 0};

  tick out_call() const { return out.what == nullptr ? never : out.what->call; }
  tick out_ret() const { return out.what == nullptr ? never : out.what->ret; }
};

struct interval {
  tick from;
  tick to;
};

/// Sorted, and no two of them touch.
std::vector<interval> merged(std::vector<interval> all) {
  const auto earlier = [](const interval& a, const interval& b) { return a.from < b.from; };
  if (!std::is_sorted(all.begin(), all.end(), earlier)) std::sort(all.begin(), all.end(), earlier);
  std::vector<interval> joined;
  for (const interval& i : all) {
    if (!joined.empty() && i.from <= joined.back().to) {
      joined.back().to = std::max(joined.back().to, i.to);
    } else {
      joined.push_back(i);
    }
  }
  return joined;
}

/// The last of them that begins at or before t; null if none does.
const interval* last_from(const std::vector<interval>& in, tick t) {
  const auto after = std::upper_bound(in.begin(), in.end(), t, [](tick a, const interval& b) { return a < b.from; });
  return after == in.begin() ? nullptr : &*(after - 1);
}
bool covers(const std::vector<interval>& in, const operation& o) {
  const interval* const i = last_from(in, o.call);
  return i != nullptr && i->to > o.ret;
}
bool touches(const std::vector<interval>& in, const operation& o) {
  const interval* const i = last_from(in, o.ret);
  return i != nullptr && i->to >= o.call;
}

class checker {
 public:
  checker(std::span<const thread_log> threads, const fifo_rules& rules) : threads_(threads), rules_(rules) {}

  std::vector<finding> check() {
    find_start();
    collect_pushes();
    collect_pops();
    find_lost();
    find_reordered();
    find_false_empty();
    if (rules_.checks_full) find_false_full();
    if (rules_.checks_full) find_overfull();
    return std::move(found_);
  }

 private:
  void find_start() {
    for (const thread_log& log : threads_) {
      if (!log.empty()) start_ = std::min(start_, log.front().call);
    }
  }

  template <class F>
  void each(deed did, const F& f) const {
    for (std::uint32_t t = 0; t != threads_.size(); ++t) {
      for (const operation& o : threads_[t]) {
        if (o.did == did) f(place{&o, t});
      }
    }
  }

  void collect_pushes() {
    each(deed::pushed, [this](place p) { elements_.push_back({p}); });
    const auto by_id = [](const element& a, const element& b) { return a.in.what->id < b.in.what->id; };
    if (!std::is_sorted(elements_.begin(), elements_.end(), by_id)) {
      std::sort(elements_.begin(), elements_.end(), by_id);
    }
  }

  element* find(std::uint64_t id) {
    const auto at = std::lower_bound(elements_.begin(), elements_.end(), id,
                                     [](const element& e, std::uint64_t i) { return e.in.what->id < i; });
    return at == elements_.end() || at->in.what->id != id ? nullptr : &*at;
  }

  void collect_pops() {
    each(deed::popped, [this](place p) {
      element* const e = find(p.what->id);
      if (e == nullptr) {
        report(crime::never_pushed, [&] { return describe(p); });
      } else if (e->out.what != nullptr) {
        report(crime::doubled, [&] { return fmt::format("{}, and {}", describe(e->out), describe(p)); });
      } else {
        e->out = p;
        if (p.what->ret < e->in.what->call) {
          report(crime::never_pushed, [&] { return fmt::format("{}, but {}", describe(p), describe(e->in)); });
        }
      }
    });
  }

  void find_lost() {
    for (const element& e : elements_) {
      if (e.out.what == nullptr) report(crime::lost, [&] { return describe(e.in) + ", and nobody has popped it"; });
    }
  }

  void find_reordered() {
    find_reordered_in_one_thread();
    const std::size_t n = elements_.size();
    std::vector<const element*> by_call(n);
    for (std::size_t i = 0; i != n; ++i) by_call[i] = &elements_[i];
    std::vector<const element*> by_ret = by_call;
    std::sort(by_call.begin(), by_call.end(), [](auto* a, auto* b) { return a->in.what->call < b->in.what->call; });
    std::sort(by_ret.begin(), by_ret.end(), [](auto* a, auto* b) { return a->in.what->ret < b->in.what->ret; });
    const element* last_out = nullptr;  // of those that were in before b was called
    auto next = by_ret.begin();
    for (const element* const b : by_call) {
      for (; next != by_ret.end() && (*next)->in.what->ret + rules_.slack < b->in.what->call; ++next) {
        if (last_out == nullptr || (*next)->out_call() > last_out->out_call()) last_out = *next;
      }
      if (last_out == nullptr || b->out.what == nullptr || last_out->out.what == nullptr) continue;
      if (last_out->out_call() > b->out_ret() + rules_.slack) report_order(*last_out, *b);
    }
  }
  void report_order(const element& a, const element& b) {
    report(crime::reordered, [&] {
      return fmt::format("{} before {}, but {} after {}", describe(a.in), describe(b.in), describe(a.out),
                         describe(b.out));
    });
  }
  /// Whoever pops sees those of each producer rising; so are batches checked, whose elements share their times.
  void find_reordered_in_one_thread() {
    for (std::uint32_t t = 0; t != threads_.size(); ++t) {
      std::array<const operation*, 256> last{};
      for (const operation& o : threads_[t]) {
        if (o.did != deed::popped) continue;
        const operation*& before = last[o.id >> 40 & 0xff];
        if (before != nullptr && before->id > o.id) {
          report(crime::reordered, [&] {
            return fmt::format("{}, then {}", describe({before, t}), describe({&o, t}));
          });
        }
        before = &o;
      }
    }
  }

  void find_false_empty() {
    std::vector<interval> inside;  // when something certainly was
    for (const element& e : elements_) {
      const tick from = e.in.what->ret + rules_.slack;
      if (from < e.out_call()) inside.push_back({from, e.out_call()});
    }
    const auto certain = merged(std::move(inside));
    const auto excuses = rules_.pushes_hide ? in_the_middle({deed::pushed, deed::given_back}) : std::vector<interval>{};
    each(deed::empty, [&](place p) {
      if (!covers(certain, *p.what) || touches(excuses, *p.what)) return;
      report(crime::false_empty, [&] { return describe(p) + ", while " + describe_inside(*p.what); });
    });
  }

  void find_false_full() {
    const auto possible = when_possibly_full();
    const auto excuses = rules_.pops_hold ? in_the_middle({deed::popped}) : std::vector<interval>{};
    each(deed::full, [&](place p) {
      if (touches(possible, *p.what) || touches(excuses, *p.what)) return;
      report(crime::false_full,
             [&] { return fmt::format("{}, while never more than {} were inside", describe(p), rules_.capacity - 1); });
    });
  }

  std::vector<interval> in_the_middle(std::initializer_list<deed> deeds) const {
    std::vector<interval> all;
    for (const deed did : deeds) {
      each(did, [&](place p) { all.push_back({p.what->call, p.what->ret + rules_.slack}); });
    }
    return merged(std::move(all));
  }

  /// Comes and goes at these times; at the same time it first comes.
  struct change {
    tick at;
    bool goes;
    bool operator<(const change& b) const { return at != b.at ? at < b.at : goes < b.goes; }
  };
  std::vector<interval> when_possibly_full() const {
    std::vector<change> changes;
    for (const element& e : elements_) {
      changes.push_back({e.in.what->call, false});
      if (e.out.what != nullptr) changes.push_back({e.out.what->ret + rules_.slack, true});
    }
    std::sort(changes.begin(), changes.end());
    std::vector<interval> full;
    std::size_t inside = 0;
    for (const change& c : changes) {
      if (!c.goes && ++inside == rules_.capacity) full.push_back({c.at, never});
      if (c.goes && inside-- == rules_.capacity) full.back().to = c.at;
    }
    return full;
  }

  /// More were certainly inside than fit.
  void find_overfull() {
    std::vector<change> changes;
    for (const element& e : elements_) {
      const tick from = e.in.what->ret + rules_.slack;
      if (from >= e.out_call()) continue;
      changes.push_back({from, false});
      if (e.out.what != nullptr) changes.push_back({e.out.what->call - 1, true});
    }
    std::sort(changes.begin(), changes.end());
    std::size_t inside = 0;
    for (const change& c : changes) {
      inside = c.goes ? inside - 1 : inside + 1;
      if (c.goes || inside <= rules_.capacity) continue;
      report(crime::overfull,
             [&] { return fmt::format("{} inside at {} ns, and {} fit", inside, c.at - start_, rules_.capacity); });
    }
  }

  std::string describe(place p) const {
    static constexpr std::array names{"pushed", "popped", "found it full", "found it empty", "gave back"};
    const operation& o = *p.what;
    const std::string which =
        o.id == no_element ? "" : fmt::format(" {}:{}", o.id >> 40, o.id & ((std::uint64_t{1} << 40) - 1));
    return fmt::format("thread {} {}{} [{}, {}]", p.thread, names[static_cast<std::size_t>(o.did)], which,
                       o.call - start_, o.ret - start_);
  }
  /// One that was inside when the operation was called.
  std::string describe_inside(const operation& o) const {
    for (const element& e : elements_) {
      if (e.in.what->ret + rules_.slack > o.call || e.out_call() <= o.call) continue;
      return describe(e.in) + (e.out.what == nullptr ? ", which nobody popped" : ", which " + describe(e.out));
    }
    return "something was inside";
  }

  template <class Text>
  void report(crime what, const Text& text) {
    for (finding& f : found_) {
      if (f.what != what) continue;
      ++f.count;
      return;
    }
    found_.push_back({what, 1, text()});
  }

  std::span<const thread_log> threads_;
  const fifo_rules& rules_;
  tick start_ = never;
  std::vector<element> elements_;
  std::vector<finding> found_;
};

}  // namespace

std::string to_string(crime c) {
  static constexpr std::array<std::string_view, 10> names{"never pushed", "doubled",    "lost",     "reordered",
                                                          "false empty",  "false full", "overfull", "torn",
                                                          "broken",       "hung"};
  return std::string(names[static_cast<std::size_t>(c)]);
}

std::vector<finding> check_fifo(std::span<const thread_log> threads, const fifo_rules& rules) {
  return checker(threads, rules).check();
}

}  // namespace volley::stress
