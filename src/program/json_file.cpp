// SPDX-License-Identifier: MIT
#include "json_file.hpp"

#include "bad_usage.hpp"
#include "whole_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace volley::program {
namespace {

[[noreturn]] void refuse(const std::string& path, const char* why) {
  throw bad_usage(fmt::format("--json {}: cannot write there: {}", path, why));
}

/// The file that a chain of symbolic links leads to: that is what is to be replaced, not the link.
std::string behind_links(const std::string& path) {
  char* const real = realpath(path.c_str(), nullptr);
  if (real == nullptr) return path;
  std::string found(real);
  std::free(real);
  return found;
}

}  // namespace

json_file::json_file(std::string path) : path_(std::move(path)) {
  if (path_ == "-") {
    fd_ = dup(STDOUT_FILENO);
    if (fd_ < 0) refuse("-", std::strerror(errno));
    return;
  }
  if (path_.empty()) refuse("''", "the name is empty");
  struct stat about {};
  if (stat(path_.c_str(), &about) != 0) {
    if (errno != ENOENT) refuse(path_, std::strerror(errno));
    open_beside();
  } else if (S_ISDIR(about.st_mode)) {
    refuse(path_, "it is a directory");
  } else if (access(path_.c_str(), W_OK) != 0) {
    refuse(path_, std::strerror(errno));
  } else if (S_ISREG(about.st_mode)) {
    path_ = behind_links(path_);
    open_beside();
  } else {
    fd_ = open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd_ < 0) refuse(path_, std::strerror(errno));
  }
}

void json_file::open_beside() {
  std::string name = path_ + ".XXXXXX";
  fd_ = mkostemp(name.data(), O_CLOEXEC);
  if (fd_ < 0) refuse(path_, std::strerror(errno));
  draft_.emplace(name);
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(fd_, 0666 & ~mask);  // mkostemp's files are private, others are not
}

json_file::~json_file() {
  if (fd_ >= 0) close(fd_);
}

void json_file::write(const nlohmann::ordered_json& what) {
  write_all(fd_, what.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n", path_);
  if (!draft_) return;
  if (rename(draft_->path().c_str(), path_.c_str()) != 0)
    throw std::system_error(errno, std::generic_category(), path_);
  draft_->keep();
}

}  // namespace volley::program
