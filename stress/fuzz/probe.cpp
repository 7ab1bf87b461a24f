// SPDX-License-Identifier: MIT

// Does a fuzzer compile and link here?

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t*, std::size_t) { return 0; }
