// Makes events of a run while it goes on: what the live page draws. Not for who receives them: web_server.h.
// Thread rule: that of RunWatcher; end() after the last call.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "app/live_web/event_stream.h"
#include "app/run_watcher.h"

namespace gilscope::app {

class LiveFeed final : public RunWatcher {
 public:
  explicit LiveFeed(EventStream& events) : events_(events) {}

  // RunWatcher
  void add(std::uint32_t thread, std::span<const probe::Turn> records) override;
  void end_of_pass(probe::Ticks) override {}
  void open_at(probe::Ticks, std::span<const OpenTurn>) override {}
  void pass_ended(RunView& run) override;

  /// The run has ended; `report` is the last word on it.
  void end(const Report& report);

 private:
  EventStream& events_;
  std::uint64_t next_numbers_ns_ = 0;
};

}  // namespace gilscope::app
