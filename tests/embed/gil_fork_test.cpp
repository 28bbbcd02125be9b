// A forked child of a recorded Python runs on, and leaves the record alone.
#include <array>
#include <atomic>
#include <barrier>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "embed/gil.h"
#include "tests/embed/live_recording.h"

namespace gilscope::py {
namespace {

class GilFork : public LiveRecording {};

TEST_F(GilFork, ChildRunsPythonAndRecordsNothing) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer lets no forked child start threads";
#endif
  for (int i = 0; i < 10; ++i) pair();
  PyOS_BeforeFork();
  const pid_t child = fork();
  if (child == 0) {
    alarm(300);
    PyOS_AfterFork_Child();
    for (int i = 0; i < 10; ++i) pair();
    const bool ran = PyRun_SimpleString(
                         "import threading\n"
                         "threads = [threading.Thread(target=lambda: sum(range(1000))) for _ in range(4)]\n"
                         "for thread in threads: thread.start()\n"
                         "for thread in threads: thread.join()\n") == 0;
    if (!ran) _exit(1);
    if (!probe::recorder::is_forked_child()) _exit(2);
    if (probe::gil_table::is_watching()) _exit(3);
    if (probe::recorder::first_thread() != nullptr) _exit(4);
    _exit(0);
  }
  PyOS_AfterFork_Parent();
  ASSERT_GT(child, 0);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  for (int i = 0; i < 10; ++i) pair();
  finish();
  EXPECT_EQ(turns().size(), 20u) << "the parent's own";
}

TEST_F(GilFork, ForkInPythonBesideThreads) {
  run("import os, threading\n"
      "stop = threading.Event()\n"
      "def spin():\n"
      "    while not stop.is_set(): pass\n"
      "threads = [threading.Thread(target=spin) for _ in range(3)]\n"
      "for thread in threads: thread.start()\n"
      "for _ in range(5):\n"
      "    child = os.fork()\n"
      "    if child == 0:\n"
      "        other = threading.Thread(target=lambda: None)\n"
      "        other.start()\n"
      "        other.join()\n"
      "        os._exit(7)\n"
      "    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7\n"
      "stop.set()\n"
      "for thread in threads: thread.join()\n");
  const app::Report report = finish();
  EXPECT_EQ(report.threads.size(), 4u);
}

TEST_F(GilFork, WhileThreadStatesAreMade) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer lets no forked child start threads";
#endif
#ifdef Py_GIL_DISABLED
  // In new_threadstate() of 3.13 a state is on the list before all of it is there.
  GTEST_SKIP() << "a free-threaded child may find a thread state half made, and crashes when it deletes that";
#endif
  constexpr int kThreads = 4, kRounds = 300;
  PyInterpreterState* const interpreter = PyInterpreterState_Get();
  std::array<std::vector<PyThreadState*>, kThreads> made;
  std::atomic<bool> making = false, forked = false;
  std::barrier round(kThreads + 1);
  std::vector<std::thread> threads;
  for (auto& mine : made) {
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) {
        round.arrive_and_wait();
        while (!forked.load()) {
          mine.push_back(new_thread_state(interpreter));
          making.store(true);
        }
        round.arrive_and_wait();
      }
    });
  }
  int hung = 0;
  for (int i = 0; i < kRounds; ++i) {
    making.store(false);
    forked.store(false);
    round.arrive_and_wait();
    while (!making.load()) std::this_thread::yield();
    PyOS_BeforeFork();
    const pid_t child = fork();
    if (child == 0) {
      alarm(60);
      PyOS_AfterFork_Child();
      _exit(0);
    }
    PyOS_AfterFork_Parent();
    forked.store(true);
    int status = -1;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) ++hung;
    round.arrive_and_wait();
    for (auto& mine : made) {
      for (PyThreadState* const state : mine) {
        PyThreadState_Clear(state);
        PyThreadState_Delete(state);
      }
      mine.clear();
    }
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(hung, 0) << "of " << kRounds << " children";
}

}  // namespace
}  // namespace gilscope::py
