// Child processes of a comparison: how they end, what they used, and that none is left.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "app/compare/child_process.h"
#include "app/compare/process_tree.h"
#include "app/compare/workspace.h"

namespace gilscope::app {
namespace {

using How = ProcessEnd::How;
using std::chrono::milliseconds;

class CompareProcess : public testing::Test {
 protected:
  ProcessEnd run(const std::string& line, milliseconds timeout = milliseconds{0}) {
    return run_child({{"/bin/sh", "-c", line}, {"GIVEN=said"}, workspace_.file("log")}, timeout, signals_);
  }
  std::string log() const { return workspace_.read("log"); }

  Workspace workspace_;
  SignalWatch signals_;
};

TEST_F(CompareProcess, SaysHowItEnded) {
  ProcessEnd end = run("echo $GIVEN; exit 3");
  EXPECT_EQ(end.how, How::kExited);
  EXPECT_EQ(end.status, 3);
  EXPECT_EQ(log(), "said\n");
  end = run("kill -KILL $$");
  EXPECT_EQ(end.how, How::kSignalled);
  EXPECT_EQ(end.status, SIGKILL);
}

TEST_F(CompareProcess, KnowsItsPeakOfMemory) { EXPECT_GT(run("true").peak_bytes, 100'000u); }

TEST_F(CompareProcess, EndsWhatTakesTooLongWithAllThatItStarted) {
  const ProcessEnd end = run("sleep 100000 & setsid sleep 100000 & sleep 100000", milliseconds{300});
  EXPECT_EQ(end.how, How::kTimedOut);
  EXPECT_TRUE(descendants_of(getpid()).empty());
}

TEST_F(CompareProcess, WaitsForOrphans) {
  run("(sleep 0.2; echo late) & exit 0");
  EXPECT_EQ(log(), "late\n");
}

TEST_F(CompareProcess, GivesUpWhenItIsToldTo) {
  ASSERT_EQ(kill(getpid(), SIGTERM), 0);
  EXPECT_EQ(run("sleep 100000").how, How::kInterrupted);
  EXPECT_EQ(signals_.ended_by(), SIGTERM);
  EXPECT_TRUE(descendants_of(getpid()).empty());
}

TEST_F(CompareProcess, AProgramThatIsNotThereSaysSo) {
  const ProcessEnd end =
      run_child({{"/nonesuch/program"}, {}, workspace_.file("log")}, milliseconds{0}, signals_);
  EXPECT_EQ(end.status, 127);
  EXPECT_THAT(log(), testing::HasSubstr("/nonesuch/program: No such file"));
}

TEST(CompareWorkspace, GoesWithItsFiles) {
  std::string folder;
  {
    const Workspace workspace;
    folder = workspace.folder();
    workspace.write("a", "text");
    EXPECT_EQ(workspace.read("a"), "text");
    EXPECT_THAT(workspace.read("gilscope_compare.py"), testing::HasSubstr("def main()"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

}  // namespace
}  // namespace gilscope::app
