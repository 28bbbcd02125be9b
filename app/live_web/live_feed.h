// Makes the events of a run while it goes on, which the live page (app/page/live.js) draws:
//
//   facts     {...}: page_facts() of the moment, with the names and places that are new and the threads that
//   are
//             new, have ended or have another name
//   records   [[thread, "base64"], ...]: page_records.h; each text begins anew, so that who misses one can
//   read
//             the next
//   gap       {begin, end, turns}, in ticks from the begin: turns of this part are not sent, since there were
//             more than a browser can take; the report at the end has them
//   numbers   {report, facts}: the numbers so far, as --json has them, and page_facts()
//   left_out  {turns, until_ns}: what came before is no longer kept (event_stream.h)
//   end       {report}: the run is over, and the full report can be fetched
//
// Not for who receives them: web_server.h. Thread rule: that of RunWatcher; end() after the last call.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

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
  // What has come since the last time that records were sent.
  struct Gap {
    probe::Ticks begin = 0;
    probe::Ticks end = 0;
    std::uint64_t turns = 0;
  };
  void publish_records(const TraceFacts& facts);
  void publish_facts(RunView& run, TraceFacts facts);
  void keep_changed(std::vector<ThreadFacts>& threads);
  bool add_new_places(RunView& run, TraceFacts& facts) const;
  void publish_numbers(RunView& run, const TraceFacts& facts);

  EventStream& events_;
  std::map<std::uint32_t, std::vector<probe::Turn>> staged_;  // by thread
  std::size_t turns_ = 0;                                     // in staged_
  std::size_t others_ = 0;
  Gap gap_;
  std::size_t names_told_ = 0;
  std::size_t places_told_ = 0;
  struct Told {
    std::string name;
    probe::Ticks begin = 0;
    probe::Ticks end = 0;
  };
  std::map<std::uint32_t, Told> threads_told_;  // by index
  std::uint64_t next_ns_ = 0;
  std::uint64_t next_numbers_ns_ = 0;
};

}  // namespace gilscope::app
