#include "app/live_web/live_feed.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <time.h>

#include "app/report/json_report.h"
#include "app/report/page_facts.h"
#include "app/report/page_records.h"
#include "embed/probe/clock.h"

namespace gilscope::app {

namespace {

using probe::Turn;

// Twenty pictures a second, and numbers as fast as one can read them. Where there are so many threads or
// places that making them takes long, they come less often: that may take this share of the time.
constexpr std::uint64_t kPeriodNs = 50'000'000;
constexpr std::uint64_t kNumbersPeriodNs = 500'000'000;
constexpr std::uint64_t kShareOfTime = 400;

// In one period: two million turns a second, which a browser decodes in a tenth of the time.
constexpr std::size_t kMostTurns = 100'000;
constexpr std::size_t kMostOthers = 100'000;

// By this thread, on a core: on a busy machine it also waits for one, which costs nobody anything.
std::uint64_t spent_ns() {
  timespec spent;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<std::uint64_t>(spent.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(spent.tv_nsec);
}

std::string numbers(const Report& report) {
  std::string json = json_report(report, -1);
  json.pop_back();  // the newline
  return json;
}

}  // namespace

void LiveFeed::add(std::uint32_t thread, std::span<const Turn> records) {
  std::vector<Turn>& staged = staged_[thread];
  for (const Turn& record : records) {
    const bool is_turn = record.kind == probe::RecordKind::kTurn;
    if (is_turn ? turns_ < kMostTurns : others_ < kMostOthers) {
      staged.push_back(record);
      ++(is_turn ? turns_ : others_);
    } else if (is_turn) {
      gap_.begin = gap_.turns == 0 ? record.want : std::min(gap_.begin, record.want);
      gap_.end = std::max(gap_.end, record.drop);
      ++gap_.turns;
    }
  }
}

void LiveFeed::pass_ended(RunView& run) {
  const std::uint64_t now_ns = probe::monotonic_ns();
  if (now_ns < next_ns_) return;
  std::uint64_t begun_ns = spent_ns();
  const TraceFacts facts = run.moment_now();
  const std::uint64_t moment_ns = spent_ns() - begun_ns;
  publish_records(facts);  // takes as long as there are records, however often it is done
  begun_ns = spent_ns() - moment_ns;
  publish_facts(run, facts);
  const std::uint64_t facts_ns = spent_ns();
  next_ns_ = now_ns + std::max(kPeriodNs, kShareOfTime * (facts_ns - begun_ns));
  if (now_ns < next_numbers_ns_) return;
  publish_numbers(run, facts);
  next_numbers_ns_ = now_ns + std::max(kNumbersPeriodNs, kShareOfTime * (spent_ns() - facts_ns));
}

void LiveFeed::publish_records(const TraceFacts& facts) {
  if (turns_ + others_ != 0) {
    std::string data = "[";
    probe::Ticks until = facts.begin;
    for (auto& [thread, records] : staged_) {
      if (records.empty()) continue;
      PageRecords bytes(facts.begin);
      bytes.add(records);
      fmt::format_to(std::back_inserter(data), "{}[{},\"", data.size() > 1 ? "," : "", thread);
      append_base64(data, bytes.take());
      data += "\"]";
      until = std::max(until, records.back().drop);
      records.clear();
    }
    data += "]";
    events_.publish("records", EventLife::kRecords, data,
                    {.turns = turns_, .until_ns = facts.scale.ns(until - facts.begin)});
  }
  if (gap_.turns != 0) {
    events_.publish("gap", EventLife::kKept,
                    fmt::format("{{\"begin\":{},\"end\":{},\"turns\":{}}}",
                                gap_.begin - std::min(gap_.begin, facts.begin),
                                gap_.end - std::min(gap_.end, facts.begin), gap_.turns));
  }
  turns_ = others_ = 0;
  gap_ = {};
}

void LiveFeed::publish_facts(RunView& run, TraceFacts facts) {
  // The sentences about the numbers come with those.
  static const Report kNoNumbers;
  facts.names = run.names();
  const bool has_new_places = add_new_places(run, facts);
  keep_changed(facts.threads);
  const bool is_new = has_new_places || facts.names.size() > names_told_ || !facts.threads.empty();
  events_.publish("facts", is_new ? EventLife::kKept : EventLife::kLatest,
                  page_facts(kNoNumbers, facts, names_told_, places_told_));
  names_told_ = facts.names.size();
  places_told_ = std::max(places_told_, facts.places.size());
}

void LiveFeed::keep_changed(std::vector<ThreadFacts>& threads) {
  std::erase_if(threads, [&](const ThreadFacts& thread) {
    Told& told = threads_told_[thread.index];
    if (told.name == thread.name && told.begin == thread.begin && told.end == thread.end) return true;
    told = {thread.name, thread.begin, thread.end};
    return false;
  });
}

// At their numbers; what stands before them is not told again. Number 0 is nobody's.
bool LiveFeed::add_new_places(RunView& run, TraceFacts& facts) const {
  const std::size_t first = std::max<std::size_t>(places_told_, 1);
  std::vector<probe::Place> places = run.places_from(static_cast<std::uint32_t>(first));
  if (places.empty()) return false;
  facts.places.resize(first);
  std::ranges::move(places, std::back_inserter(facts.places));
  return true;
}

void LiveFeed::publish_numbers(RunView& run, const TraceFacts& facts) {
  const Report report = run.report_now();
  events_.publish("numbers", EventLife::kLatest,
                  fmt::format("{{\"report\":{},\"facts\":{}}}", numbers(report), page_facts(report, facts)));
}

void LiveFeed::end(const Report& report) {
  events_.publish("end", EventLife::kLatest, fmt::format("{{\"report\":{}}}", numbers(report)));
  events_.flush();
}

}  // namespace gilscope::app
