#include "app/trace_file/facts_codec.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace gilscope::app {

namespace {

constexpr unsigned kFreeThreaded = 1;
constexpr unsigned kGilEnabled = 2;
constexpr unsigned kVerified = 4;
constexpr unsigned kStillRunning = 8;
constexpr unsigned kGilWentOn = 16;

// Texts that come again and again: 0 and the text the first time, then its number in the order of first
// times.
class TextsOut {
 public:
  explicit TextsOut(ByteWriter& out) : out_(out) {}
  void text(std::string_view text) {
    const auto [known, is_new] = numbers_.try_emplace(text, numbers_.size() + 1);
    out_.varint(is_new ? 0 : known->second);
    if (is_new) out_.text(text);
  }

 private:
  ByteWriter& out_;
  std::unordered_map<std::string_view, std::uint64_t> numbers_;
};

class TextsIn {
 public:
  explicit TextsIn(ByteReader& in) : in_(in) {}
  std::string text() {
    const std::uint64_t number = in_.varint_up_to(texts_.size());
    if (number != 0) return texts_[static_cast<std::size_t>(number - 1)];
    if (!in_.failed()) texts_.push_back(in_.text());
    return in_.failed() ? std::string() : texts_.back();
  }

 private:
  ByteReader& in_;
  std::vector<std::string> texts_;
};

unsigned flag(bool set, unsigned bit) { return set ? bit : 0; }

}  // namespace

void encode_run(ByteWriter& out, const RunFacts& run, probe::Ticks begin) {
  out.byte(static_cast<std::uint8_t>(flag(run.free_threaded, kFreeThreaded) |
                                     flag(run.gil_enabled, kGilEnabled) | flag(run.verified, kVerified) |
                                     flag(run.still_running, kStillRunning) |
                                     flag(run.gil_went_on, kGilWentOn)));
  out.varint(begin);
  out.varint(run.started_unix_ns);
  out.signed_varint(run.process_id);
  out.signed_varint(run.cores);
  out.signed_varint(run.exit_status);
  out.real(run.pair_cost_ns);
  out.text(run.gilscope_version);
  out.text(run.python_version);
  out.text(run.command);
  out.text(run.unverified_reason);
  out.text(run.lost_reason);
  out.text(run.ends_early);
}

void decode_run(ByteReader& in, RunFacts& run, probe::Ticks& begin) {
  const unsigned flags = in.byte();
  run.free_threaded = (flags & kFreeThreaded) != 0;
  run.gil_enabled = (flags & kGilEnabled) != 0;
  run.verified = (flags & kVerified) != 0;
  run.still_running = (flags & kStillRunning) != 0;
  run.gil_went_on = (flags & kGilWentOn) != 0;
  begin = in.varint();
  run.started_unix_ns = in.varint();
  run.process_id = in.signed_varint();
  run.cores = static_cast<int>(in.signed_varint());
  run.exit_status = static_cast<int>(in.signed_varint());
  run.pair_cost_ns = in.real();
  run.gilscope_version = in.text();
  run.python_version = in.text();
  run.command = in.text();
  run.unverified_reason = in.text();
  run.lost_reason = in.text();
  run.ends_early = in.text();
}

void encode_names(ByteWriter& out, std::uint32_t first, std::span<const std::string> names) {
  out.varint(first);
  out.varint(names.size());
  for (const std::string& name : names) out.text(name);
}

void decode_names(ByteReader& in, std::vector<std::string>& names) {
  const std::uint64_t first = in.varint_up_to(names.size());
  const std::uint64_t count = in.varint_up_to(in.left());
  if (in.failed()) return;
  names.resize(static_cast<std::size_t>(first));
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) names.push_back(in.text());
}

void encode_places(ByteWriter& out, std::uint32_t first, std::span<const probe::Place> places) {
  out.varint(first);
  out.varint(places.size());
  TextsOut texts(out);
  for (const probe::Place& place : places) {
    texts.text(place.file);
    texts.text(place.function);
    out.varint(place.line);
    out.varint(place.caller);
  }
}

void decode_places(ByteReader& in, std::vector<probe::Place>& places) {
  const std::uint64_t first = in.varint_up_to(places.size());
  const std::uint64_t count = in.varint_up_to(in.left());
  if (in.failed()) return;
  places.resize(static_cast<std::size_t>(first));
  TextsIn texts(in);
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    probe::Place place;
    place.file = texts.text();
    place.function = texts.text();
    place.line = static_cast<std::uint32_t>(in.varint_up_to(0xffff'ffff));
    place.caller = static_cast<std::uint32_t>(in.varint_up_to(0xffff'ffff));
    places.push_back(std::move(place));
  }
}

void encode_threads(ByteWriter& out, std::span<const ThreadFacts> threads, probe::Ticks begin) {
  out.varint(threads.size());
  for (const ThreadFacts& thread : threads) {
    out.varint(thread.index);
    out.byte(static_cast<std::uint8_t>(flag(thread.begin != 0, 1) | flag(thread.end != 0, 2)));
    out.signed_varint(thread.native_id);
    if (thread.begin != 0) out.varint(thread.begin - begin);
    if (thread.end != 0) out.varint(thread.end - begin);
    out.text(thread.name);
  }
}

void decode_threads(ByteReader& in, std::map<std::uint32_t, ThreadFacts>& threads, probe::Ticks begin) {
  const std::uint64_t count = in.varint_up_to(in.left());
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    ThreadFacts thread;
    thread.index = static_cast<std::uint32_t>(in.varint_up_to(0xffff'ffff));
    const unsigned mask = in.byte();
    thread.native_id = in.signed_varint();
    if ((mask & 1) != 0) thread.begin = begin + in.varint();
    if ((mask & 2) != 0) thread.end = begin + in.varint();
    thread.name = in.text();
    if (!in.failed()) threads.insert_or_assign(thread.index, std::move(thread));
  }
}

}  // namespace gilscope::app
