// SPDX-License-Identifier: MIT

// The ends that are not the program's own: what hangs, what dies, and what may not be left behind.

#include "program/ending.hpp"
#include "program/bad_usage.hpp"
#include "program/json_file.hpp"

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace volley::program {
namespace {

namespace files = std::filesystem;

class folder : public ::testing::Test {
 protected:
  void SetUp() override {
    GTEST_FLAG_SET(death_test_style, "fast");  // a fork, so that both see the folder
    std::string name = (files::temp_directory_path() / "volley_ending_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    at_ = name;
  }
  void TearDown() override { files::remove_all(at_); }

  std::string path(const char* name) const { return (at_ / name).string(); }
  auto count() const { return std::distance(files::directory_iterator(at_), files::directory_iterator()); }
  static std::string text_of(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  files::path at_;
};

using an_ending = folder;
using a_json_file = folder;

[[noreturn]] void wait_for_ever() {
  for (;;) pause();
}

TEST_F(an_ending, comes_when_a_round_does_not_end) {
  const auto hang = [] {
    ending::prepare(1);
    ending::watch("a row that is made up");
    wait_for_ever();
  };
  EXPECT_EXIT(hang(), ::testing::ExitedWithCode(1), "volley: a row that is made up: hangs");
}

TEST_F(an_ending, does_not_come_while_nothing_is_watched) {
  const auto idle = [] {
    ending::prepare(0);
    ending::watch("anything");
    ending::rest();
    for (int i = 0; i != 3; ++i) pause();  // three ticks
    std::_Exit(7);
  };
  EXPECT_EXIT(idle(), ::testing::ExitedWithCode(7), "");
}

TEST_F(an_ending, comes_when_a_vital_child_dies) {
  const auto orphan = [] {
    ending::prepare(30);
    const pid_t pid = fork();
    if (pid == 0) _exit(0);
    const ending::child child(pid, ending::importance::vital);
    ending::watch("a row");
    wait_for_ever();
  };
  EXPECT_EXIT(orphan(), ::testing::ExitedWithCode(1), "a row: the other process died");
}

TEST_F(an_ending, by_a_signal_takes_the_draft_and_the_child_along) {
  const auto interrupted = [this] {
    ending::prepare();
    const pid_t pid = fork();
    if (pid == 0) wait_for_ever();
    std::ofstream(path("child")) << pid;
    const ending::child child(pid, ending::importance::optional);
    const json_file json(path("out.json"));
    raise(SIGINT);
    wait_for_ever();
  };
  EXPECT_EXIT(interrupted(), ::testing::ExitedWithCode(128 + SIGINT), "");
  EXPECT_EQ(count(), 1) << "no draft is left";
  const pid_t child = std::stoi(text_of(path("child")));
  for (int i = 0; i != 500 && kill(child, 0) == 0 &&
                  text_of("/proc/" + std::to_string(child) + "/stat").find(") Z") == std::string::npos;
       ++i) {
    usleep(10'000);
  }
  EXPECT_TRUE(kill(child, 0) != 0 ||
              text_of("/proc/" + std::to_string(child) + "/stat").find(") Z") != std::string::npos);
}

TEST_F(a_json_file, appears_when_it_is_written_and_not_before) {
  json_file json(path("out.json"));
  EXPECT_FALSE(files::exists(path("out.json")));
  json.write({{"a", 1}});
  EXPECT_EQ(text_of(path("out.json")), "{\n \"a\": 1\n}\n");
  EXPECT_EQ(count(), 1);
}

TEST_F(a_json_file, that_is_never_written_leaves_nothing) {
  { const json_file json(path("out.json")); }
  EXPECT_EQ(count(), 0);
}

TEST_F(a_json_file, replaces_the_old_one_whole_with_the_usual_rights) {
  std::ofstream(path("out.json")) << "old";
  const mode_t before = umask(027);
  {
    json_file json(path("out.json"));
    EXPECT_EQ(text_of(path("out.json")), "old");
    json.write({{"a", 1}});
  }
  umask(before);
  struct stat about {};
  ASSERT_EQ(stat(path("out.json").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0640U);
}

TEST_F(a_json_file, behind_a_link_is_replaced_and_the_link_stays) {
  std::ofstream(path("real.json")) << "old";
  files::create_symlink(path("real.json"), path("link.json"));
  json_file json(path("link.json"));
  json.write({{"a", 1}});
  EXPECT_TRUE(files::is_symlink(path("link.json")));
  EXPECT_NE(text_of(path("real.json")), "old");
}

TEST_F(a_json_file, that_cannot_be_is_refused_at_once) {
  EXPECT_THROW(json_file(path("no/such/folder.json")), bad_usage);
  EXPECT_THROW(json_file(path("")), bad_usage);
  EXPECT_THROW(json_file(""), bad_usage);
  std::ofstream(path("file")) << "x";
  EXPECT_THROW(json_file(path("file/out.json")), bad_usage);
  EXPECT_EQ(count(), 1);
}

TEST_F(a_json_file, may_be_a_device_and_is_not_renamed_over_it) {
  {
    json_file json("/dev/null");
    json.write({{"a", 1}});
  }
  EXPECT_TRUE(files::is_character_file("/dev/null"));
}

}  // namespace
}  // namespace volley::program
