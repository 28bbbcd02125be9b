// An interpreter with the gilscope module and a host that only takes notes. Not for the interpreter of the
// program: see embed/interpreter. Each test runs in a process of its own, so one interpreter is all there is.
// Thread rule: SetUp and TearDown on the main thread; the GIL is held in a test's body.
#pragma once

#include <Python.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "embed/module_host.h"

namespace gilscope::py {

class NotingHost final : public ModuleHost {
 public:
  std::optional<ThreadPlace> thread_place() const noexcept override { return place; }
  RecordedRegion region_begin(std::string_view name) noexcept override {
    const std::uint32_t number = ++regions_;
    note(std::to_string(number) + " begin " + std::string(name));
    return {number, 0};
  }
  void region_end(RecordedRegion region) noexcept override { note(std::to_string(region.number) + " end"); }
  void mark(std::string_view name) noexcept override { note("mark " + std::string(name)); }
  RecordedKernel kernel_begin(std::string_view, bool, std::uint64_t) noexcept override { return {}; }
  void kernel_end(RecordedKernel) noexcept override {}
  std::uint64_t tile_begun() noexcept override { return 0; }
  void tile(RecordedKernel, std::uint64_t, std::uint64_t, bool) noexcept override {}
  void expect_threads() override {}
  std::string stats_json() override {
    if (stats.empty()) throw std::runtime_error("nothing is recorded: --no-trace");
    return stats;
  }
  bool interrupt_requested() const noexcept override { return interrupt.load(); }

  std::vector<std::string> take_notes() {
    const std::lock_guard lock(mutex_);
    return std::exchange(notes_, {});
  }

  static inline thread_local std::optional<ThreadPlace> place;
  std::string stats;
  std::atomic<bool> interrupt{false};

 private:
  void note(std::string text) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(std::move(text));
  }

  std::atomic<std::uint32_t> regions_{0};
  std::mutex mutex_;
  std::vector<std::string> notes_;
};

class ModuleTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(register_module(host));
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    // Where Python looks for its library; without it, next to the first python3 on PATH.
    PyConfig_SetBytesString(&config, &config.program_name, GILSCOPE_PYTHON_EXECUTABLE);
    config.parse_argv = 0;
    const PyStatus status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    ASSERT_FALSE(PyStatus_Exception(status)) << status.err_msg;
  }

  void TearDown() override { EXPECT_EQ(Py_FinalizeEx(), 0); }

  /// Runs Python code in __main__; its exception, if it raises, is the test's failure. GIL: held.
  static void run(const std::string& code) {
    EXPECT_EQ(PyRun_SimpleString(code.c_str()), 0) << "this raised:\n" << code;
  }

  // Never deleted: daemon threads of a test may still ask it things when the process ends.
  static inline NotingHost& host = *new NotingHost;
};

}  // namespace gilscope::py
