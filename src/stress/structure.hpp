// SPDX-License-Identifier: MIT
#pragma once

// What a structure shows to those who stress it. Each has one file, structures/NAME.hpp, that defines
//   inline structure NAME_structure()
// with how to make a trial of it.

#include "dice.hpp"
#include "history.hpp"
#include "worker.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace volley::stress {

/// Memory that holds a structure, for the dump of one that hangs.
using memory = std::span<const std::byte>;

/// What a round begins with.
struct setup {
  dice luck;
  unsigned most_threads;  ///< 2 or more
  std::uint64_t size;     ///< about so many operations are wanted of all together
};

/// What was found wrong, and what was looked at.
class verdict {
 public:
  void add(finding f) {
    if (f.count != 0) findings_.push_back(std::move(f));
  }
  /// n times something that must not be.
  void expect_none(std::uint64_t n, crime what, std::string_view text) {
    if (n != 0) findings_.push_back({what, n, std::string(text)});
  }
  void expect(bool holds, std::string_view otherwise) { expect_none(holds ? 0 : 1, crime::broken, otherwise); }
  void check(std::span<const thread_log> threads, const fifo_rules& rules) {
    for (finding& f : check_fifo(threads, rules)) add(std::move(f));
    ++histories_;
    for (const thread_log& log : threads) recorded_ += log.size();
  }

  const std::vector<finding>& findings() const noexcept { return findings_; }
  std::uint64_t histories() const noexcept { return histories_; }
  std::uint64_t recorded() const noexcept { return recorded_; }

 private:
  std::vector<finding> findings_;
  std::uint64_t histories_ = 0;
  std::uint64_t recorded_ = 0;
};

/// One object of a structure, made afresh, used by some threads at once and looked at afterwards.
class trial {
 public:
  trial() = default;
  trial(const trial&) = delete;
  trial& operator=(const trial&) = delete;
  virtual ~trial() = default;

  virtual unsigned threads() const = 0;
  /// In thread me.number, 0 .. threads() - 1. Ends by itself, also when all of these do their part after me.is_over().
  virtual void work(worker& me) = 0;
  /// When all have ended.
  virtual void judge(verdict& to) = 0;
  virtual std::vector<memory> state() const = 0;
  /// Such as "capacity 3, 2 producers".
  virtual std::string shape() const = 0;
};

struct structure {
  std::string_view name;
  std::unique_ptr<trial> (*make)(setup& s);
};

/// All that there are, in a fixed order.
std::vector<structure> every_structure();

/// What this program was built with, as meson names it: "none", "thread", "address,undefined".
std::string_view sanitizer();

template <class T>
memory memory_of(const T& object) {
  return std::as_bytes(std::span(&object, 1));
}

}  // namespace volley::stress
