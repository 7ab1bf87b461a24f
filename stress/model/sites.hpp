// SPDX-License-Identifier: MIT
#pragma once

// The order sites of the headers under test: every atomic operation that an execution reaches registers itself by its place in
// the source and its kind, with the order written there. One site at a time can be weakened, in the same binary.

#include "relacy.hpp"

namespace model {

enum class operation : unsigned char { load, store, rmw, cas_success, cas_failure };

struct order_site {
  const char* file;
  const char* function;
  unsigned line;
  operation what;
  std::memory_order written;
  unsigned long long reached;

  bool stands_in(const std::string& header) const { return std::string_view(file).ends_with(header); }
};

/// Where the library's operations were executed by any test of the program, for the evidence that none is never executed.
class reached_places {
 public:
  static void watch() { watching_ = true; }
  static void note(place p) {
    if (!watching_) return;
    auto& slot = table_[(reinterpret_cast<std::uintptr_t>(p.file) / 8 * 31 + p.line) % most];
    if (slot.file == p.file && slot.line == p.line) return;
    for (std::size_t i = 0; i != most; ++i) {
      auto& at = table_[(static_cast<std::size_t>(&slot - table_) + i) % most];
      if (at.file == p.file && at.line == p.line) return;
      if (at.file != nullptr) continue;
      at = {p.file, p.line};
      return;
    }
    std::abort();
  }
  static std::vector<std::pair<std::string, unsigned>> all() {
    std::vector<std::pair<std::string, unsigned>> found;
    for (const auto& at : table_) {
      if (at.file != nullptr && std::string_view(at.file).find("include/volley/") != std::string_view::npos)
        found.emplace_back(at.file, at.line);
    }
    return found;
  }

 private:
  struct entry {
    const char* file;
    unsigned line;
  };
  // A fixed table: nothing may be allocated while Relacy counts allocations.
  static constexpr std::size_t most = 4096;
  inline static entry table_[most];
  inline static bool watching_ = false;
};

class order_sites {
 public:
  static constexpr int none = -1;

  /// The order to use at this place: the written one, or the weakened one if this is the site on trial.
  static std::memory_order order(std::memory_order written, operation what, place p) {
    reached_places::note(p);
    if (!watching_) return written;
    const int id = find_or_add(written, what, p);
    ++all_[id].reached;
    if (all_[id].written != written) require(false, "two atomic operations of one kind on one line: split the line", p);
    return id == weakened_ ? weaker_ : written;
  }

  /// Sites are collected from here until rest().
  static void watch() {
    count_ = 0;
    watching_ = true;
  }
  static void rest() { watching_ = false; }
  static bool are_watched() { return watching_; }
  static void restore() { weakened_ = none; }
  static void weaken(int id, std::memory_order to) {
    weakened_ = id;
    weaker_ = to;
  }
  static int count() { return count_; }
  static const order_site& site(int id) { return all_[id]; }

  /// One step down from an order, for an operation of this kind.
  static std::vector<std::memory_order> one_step_weaker(std::memory_order order, operation what) {
    using enum std::memory_order;
    switch (order) {
      case seq_cst:
        if (what == operation::store) return {release};
        if (what == operation::load || what == operation::cas_failure) return {acquire};
        return {acq_rel};
      case acq_rel:
        return {acquire, release};
      case acquire:
      case release:
      case consume:
        return {relaxed};
      case relaxed:
        return {};
    }
    return {};
  }

 private:
  // A fixed table: nothing may be allocated while Relacy counts allocations.
  static constexpr int most = 512;

  static int find_or_add(std::memory_order written, operation what, place p) {
    for (int i = 0; i != count_; ++i) {
      const order_site& s = all_[i];
      if (s.line == p.line && s.what == what && std::strcmp(s.file, p.file) == 0) return i;
    }
    if (count_ == most) std::abort();
    all_[count_] = {p.file, p.function, p.line, what, written, 0};
    return count_++;
  }

  inline static order_site all_[most];
  inline static int count_ = 0;
  inline static bool watching_ = false;
  inline static int weakened_ = none;
  inline static std::memory_order weaker_ = std::memory_order::relaxed;
};

inline const char* name(operation o) {
  constexpr const char* names[] = {"load", "store", "rmw", "cas success", "cas failure"};
  return names[static_cast<int>(o)];
}

inline const char* name(std::memory_order o) {
  using enum std::memory_order;
  switch (o) {
    case relaxed:
      return "relaxed";
    case consume:
      return "consume";
    case acquire:
      return "acquire";
    case release:
      return "release";
    case acq_rel:
      return "acq_rel";
    case seq_cst:
      return "seq_cst";
  }
  return "?";
}

}  // namespace model
