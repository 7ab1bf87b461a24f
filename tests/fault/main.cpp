// SPDX-License-Identifier: MIT

// Runs the tests; or, started by one of them as "... --child FD N", is the other process: it shares nothing with its parent but
// the memory behind FD, plays side 1 of the turn for N trips, then gives back N numbers.

#include "child.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace {

int be_the_child(int fd, std::size_t n) {
  using namespace volley::testing;
  ::alarm(60);
  const memory_file file(fd);
  const view<table<volley::spin_park>> shared(file);
  return play(*shared, 1, n) == 0 && echo(*shared, n) == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "--child") {
    return be_the_child(std::atoi(argv[2]), std::strtoul(argv[3], nullptr, 10));
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
