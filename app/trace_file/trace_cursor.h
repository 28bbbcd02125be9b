// A place in a trace file, from which its records are read pass by pass, and to which one can come back: for
// views that show a part of the run, and another one next. Not for the whole in one go: TraceReader::replay.
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>

#include "app/trace_file/block_cursor.h"
#include "app/trace_file/trace_decoder.h"
#include "app/trace_file/trace_reader.h"

namespace gilscope::app {

class TraceCursor {
 public:
  /// At the begin. The reader must outlive this.
  explicit TraceCursor(const TraceReader& reader);
  TraceCursor(const TraceCursor&) = delete;
  TraceCursor& operator=(const TraceCursor&) = delete;

  /// Gives `sink` the records up to the end of the next pass. False: there are no more. Throws UserError when
  /// the file has changed since it was opened.
  bool step(probe::TurnSink& sink);

  /// What go_to() needs to come back here.
  struct Mark {
    TraceDecoder decoder;
    std::uint64_t offset = 0;
  };
  Mark mark() const { return {decoder_.mark(), blocks_.end()}; }
  void go_to(const Mark& mark);

 private:
  // The decoder gives to who asks at the moment.
  struct Relay final : probe::TurnSink {
    probe::TurnSink* to = nullptr;
    bool pass_ended = false;
    void add(std::uint32_t thread, std::span<const probe::Turn> records) override {
      to->add(thread, records);
    }
    void end_of_pass(probe::Ticks oldest_open_want) override {
      pass_ended = true;
      to->end_of_pass(oldest_open_want);
    }
  };

  const TraceReader& reader_;
  Relay relay_;
  TraceDecoder decoder_{&relay_};
  BlockCursor blocks_;
};

}  // namespace gilscope::app
