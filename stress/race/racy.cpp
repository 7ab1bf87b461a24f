// SPDX-License-Identifier: MIT

// A program with a data race. It has to fail under ThreadSanitizer: so we know that the tool is on, and that what it reports counts.

#include <thread>

int main() {
  int plain = 0;
  std::thread other([&] { ++plain; });
  ++plain;
  other.join();
  return 0;
}
