// SPDX-License-Identifier: MIT
#pragma once

// A linked queue without bound: a node is allocated for each element, as its users do.

#include "adapter.hpp"

#include <memory>
#include <new>

#define _LGPL_SOURCE  // its functions inline; they are small and called from here alone
#include <urcu/wfcqueue.h>

namespace volley::bench {

template <class T>
class urcu_wfcqueue : public many_to_one {
 public:
  static constexpr const char* name = "urcu/wfcqueue";
  static constexpr const char* mode = "enqueue, dequeue_nonblocking; a malloc per element";
  static constexpr guarantee promises{order::one_fifo, bound::none, progress::held_up_by_peer, answer::early};

  explicit urcu_wfcqueue(std::size_t /*capacity*/) { __cds_wfcq_init(&head_, &tail_); }
  urcu_wfcqueue(const urcu_wfcqueue&) = delete;
  urcu_wfcqueue& operator=(const urcu_wfcqueue&) = delete;
  ~urcu_wfcqueue() {
    T out;
    while (try_pop(out)) {
    }
  }

  bool try_push(const T& value) {
    auto* const made = new node{{}, value};
    cds_wfcq_node_init(&made->link);
    cds_wfcq_enqueue(__cds_wfcq_head_cast(&head_), &tail_, &made->link);
    return true;
  }
  bool try_pop(T& out) {
    cds_wfcq_node* const first = __cds_wfcq_dequeue_nonblocking(__cds_wfcq_head_cast(&head_), &tail_);
    if (first == nullptr || first == CDS_WFCQ_WOULDBLOCK) return false;
    const std::unique_ptr<node> taken(reinterpret_cast<node*>(first));
    out = taken->value;
    return true;
  }

 private:
  struct node {
    cds_wfcq_node link;  // first: a node is found by it
    T value;
  };

  alignas(64) __cds_wfcq_head head_;
  alignas(64) cds_wfcq_tail tail_;
};

using in_urcu = adapters<urcu_wfcqueue>;

}  // namespace volley::bench
