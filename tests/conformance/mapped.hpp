// SPDX-License-Identifier: MIT
#pragma once

// Shared memory for tests, mapped as often as needed, each time at another address.

#include <gtest/gtest.h>

#include "throwing.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <new>
#include <utility>

namespace volley::testing {

/// A piece of anonymous memory with a file descriptor, which a fork or an exec inherits.
class memory_file {
 public:
  static constexpr std::size_t size = 1 << 16;

  memory_file() : fd_(::memfd_create("volley-test", 0)) {
    if (fd_ < 0 || ::ftruncate(fd_, size) != 0) throw_it(std::bad_alloc());
  }
  explicit memory_file(int inherited) : fd_(inherited) {}
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;
  ~memory_file() { ::close(fd_); }

  int fd() const { return fd_; }

 private:
  int fd_;
};

/// One view of it, holding a T at its beginning, made by whoever calls make().
template <class T>
class view {
 public:
  explicit view(const memory_file& file)
      : at_(::mmap(nullptr, memory_file::size, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd(), 0)) {
    static_assert(sizeof(T) <= memory_file::size);
    if (at_ == MAP_FAILED) throw_it(std::bad_alloc());
  }
  view(const view&) = delete;
  view& operator=(const view&) = delete;
  ~view() { ::munmap(at_, memory_file::size); }

  template <class... Args>
  T& make(Args&&... args) const {
    return *::new (at_) T(std::forward<Args>(args)...);
  }
  T& operator*() const { return *static_cast<T*>(at_); }
  T* operator->() const { return static_cast<T*>(at_); }
  void* address() const { return at_; }

 private:
  void* at_;
};

}  // namespace volley::testing
