#include "app/trace_file/trace_cursor.h"

#include <fmt/format.h>

#include "app/user_error.h"

namespace gilscope::app {

TraceCursor::TraceCursor(const TraceReader& reader)
    : reader_(reader), blocks_(*reader.source_, reader.end_) {}

bool TraceCursor::step(probe::TurnSink& sink) {
  relay_.to = &sink;
  relay_.pass_ended = false;
  while (!relay_.pass_ended) {
    const BlockCursor::Step step = blocks_.step();
    if (step == BlockCursor::Step::kEnd) return false;
    if (step != BlockCursor::Step::kBlock || !decoder_.block(blocks_.type(), blocks_.payload())) {
      throw UserError(fmt::format("'{}' changed while it was read; read it again", reader_.name_));
    }
  }
  return true;
}

void TraceCursor::go_to(const Mark& mark) {
  decoder_ = mark.decoder;
  blocks_.go_to(mark.offset);
}

}  // namespace gilscope::app
