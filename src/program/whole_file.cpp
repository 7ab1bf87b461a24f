// SPDX-License-Identifier: MIT
#include "whole_file.hpp"

#include "ending.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <system_error>

namespace volley::program {
namespace {

[[noreturn]] void fail(const std::string& path) { throw std::system_error(errno, std::generic_category(), path); }

}  // namespace

void write_all(int fd, std::string_view text, const std::string& path) {
  for (std::size_t done = 0; done != text.size();) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(path);
    done += static_cast<std::size_t>(n);
  }
}

void replace_file(const std::string& path, std::string_view text) {
  ending::draft beside(path + ".new");
  const int fd = open(beside.path().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) fail(path);
  try {
    write_all(fd, text, path);
  } catch (...) {
    close(fd);
    throw;
  }
  close(fd);
  if (rename(beside.path().c_str(), path.c_str()) != 0) fail(path);
  beside.keep();
}

}  // namespace volley::program
