// SPDX-License-Identifier: MIT

// A logger: any number of threads write lines, one thread writes them to a file, and none is lost at the end:
//   logger FILE [THREADS [LINES]]
//
// A line is a record of its own length, so the channel is one over an mpsc_byte_ring. A thread that logs makes its line in the ring itself;
// it waits only when the ring is full. The destructor closes the channel and then joins: what was logged before is in the file.

#include <volley/channel/channel.hpp>
#include <volley/ring/mpsc_byte_ring.hpp>

#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "arguments.hpp"

namespace {

class logger {
 public:
  explicit logger(std::FILE* to) : file_(to), writer_([this] { write_all(); }) {}
  logger(const logger&) = delete;
  logger& operator=(const logger&) = delete;
  ~logger() { close(); }

  /// Any thread; not after close(). The line, which is cut if it is too long for a record.
  void log(std::string_view line) { lines_.push(std::as_bytes(std::span(line.substr(0, lines_.max_record())))); }

  /// All that was logged is in the file, or this is false.
  bool close() {
    lines_.close();
    if (writer_.joinable()) writer_.join();
    return all_written_;
  }

 private:
  void write_all() {
    const auto write = [this](std::span<const std::byte> line) {
      all_written_ &= std::fwrite(line.data(), 1, line.size(), file_) == line.size() && std::fputc('\n', file_) != EOF;
    };
    while (lines_.pop(write) == volley::status::ok) {
      while (lines_.try_pop(write) == volley::status::ok) {
      }
      all_written_ &= std::fflush(file_) == 0;  // before it sleeps
    }
  }

  volley::channel<volley::mpsc_byte_ring<>> lines_{1 << 16};
  std::FILE* file_;
  bool all_written_ = true;
  std::thread writer_;  // last: it uses the others
};

}  // namespace

int main(int argc, char** argv) {
  const int threads = examples::number(argc, argv, 2, 4);
  const int lines = examples::number(argc, argv, 3, 10'000);
  std::FILE* const file = argc < 2 ? nullptr : std::fopen(argv[1], "w");
  if (file == nullptr) {
    std::fprintf(stderr, "%s: %s\n", argv[0], argc < 2 ? "say which file to write" : "that file cannot be written");
    return 2;
  }
  logger log(file);
  {
    std::vector<std::jthread> all;
    for (int t = 0; t != threads; ++t) {
      all.emplace_back([&log, t, lines] {
        for (int i = 0; i != lines; ++i) log.log("thread " + std::to_string(t) + " line " + std::to_string(i));
      });
    }
  }
  const bool is_whole = log.close() && std::fclose(file) == 0;
  if (!is_whole) std::fprintf(stderr, "%s: not all could be written\n", argv[0]);
  return is_whole ? 0 : 1;
}
