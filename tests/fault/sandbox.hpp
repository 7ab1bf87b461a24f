// SPDX-License-Identifier: MIT
#pragma once

// A kernel that refuses membarrier(2), as that of a sandbox may.

#include "child.hpp"
#include "scale.hpp"

#include <gtest/gtest.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>

namespace volley::testing {

/// From now on the kernel answers each membarrier call of this process with an error.
inline bool forbid_membarrier(unsigned error) {
  sock_filter filter[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),  // the number of the call is what the data begins with
                          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{static_cast<unsigned short>(std::size(filter)), filter};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

template <class Wait>
class Sandboxed : public ::testing::Test {
 protected:
  /// Runs f(error) in a child for each way to refuse; 0 is right, 77 that no filter can be set.
  template <class F>
  void expect_right(const F& f) {
    for (const unsigned error : {unsigned{ENOSYS}, unsigned{EPERM}}) {
      child sandboxed([&] {
        ::alarm(20);
        return f(error);
      });
      const int code = sandboxed.wait();
      if (code == 77) GTEST_SKIP() << "no filter can be set here";
      EXPECT_EQ(code, 0) << (code < 0 ? "ended by signal " : "failed at ") << (code < 0 ? -code : code);
    }
  }
  watchdog watch_{60};
};

}  // namespace volley::testing
