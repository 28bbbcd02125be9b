// The processes of a merged trace: drawn in facts_codec.h.
#include "app/trace_file/facts_codec.h"

namespace gilscope::app {

void encode_processes(ByteWriter& out, const TraceFacts& facts) {
  out.varint(facts.processes.size());
  for (const ProcessFacts& process : facts.processes) {
    out.signed_varint(process.process_id);
    out.signed_varint(process.parent_id);
    out.text(process.name);
    out.text(process.command);
    out.signed_varint(static_cast<std::int64_t>(process.begin - facts.begin));
    out.varint(process.end - process.begin);
    out.byte(static_cast<std::uint8_t>(process.how));
    out.signed_varint(process.exit_status);
    out.varint(process.first_thread);
    out.varint(process.thread_count);
    out.varint(process.first_gil);
    out.varint(process.gil_count);
    out.varint(process.cpu_known ? process.cpu_ns + 1 : 0);
    out.signed_varint(process.clock_error_ns);
    out.text(process.lost_reason);
  }
  out.varint(facts.untraced.size());
  for (const UntracedProcess& process : facts.untraced) {
    out.signed_varint(process.process_id);
    out.text(process.why);
  }
}

void decode_processes(ByteReader& in, TraceFacts& facts) {
  facts.processes.clear();
  const std::uint64_t count = in.varint_up_to(in.left());
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    ProcessFacts& process = facts.processes.emplace_back();
    process.process_id = in.signed_varint();
    process.parent_id = in.signed_varint();
    process.name = in.text();
    process.command = in.text();
    process.begin = facts.begin + static_cast<std::uint64_t>(in.signed_varint());
    process.end = process.begin + in.varint();
    const std::uint8_t how = in.byte();
    process.how = static_cast<ProcessFacts::End>(how);
    if (how > static_cast<std::uint8_t>(ProcessFacts::End::kReplaced))
      process.how = ProcessFacts::End::kKilled;
    process.exit_status = static_cast<int>(in.signed_varint());
    process.first_thread = static_cast<std::uint32_t>(in.varint_up_to(0xffff'ffff));
    process.thread_count = static_cast<std::uint32_t>(in.varint_up_to(0xffff'ffff - process.first_thread));
    process.first_gil = static_cast<std::uint16_t>(in.varint_up_to(0xffff));
    process.gil_count =
        static_cast<std::uint16_t>(in.varint_up_to(std::uint64_t{0xffff} - process.first_gil));
    const std::uint64_t cpu = in.varint();
    process.cpu_known = cpu != 0;
    process.cpu_ns = cpu != 0 ? cpu - 1 : 0;
    process.clock_error_ns = in.signed_varint();
    process.lost_reason = in.text();
  }
  facts.untraced.clear();
  const std::uint64_t untraced = in.varint_up_to(in.left());
  for (std::uint64_t i = 0; i < untraced && !in.failed(); ++i) {
    UntracedProcess& process = facts.untraced.emplace_back();
    process.process_id = in.signed_varint();
    process.why = in.text();
  }
}

}  // namespace gilscope::app
