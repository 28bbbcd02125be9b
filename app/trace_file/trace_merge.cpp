#include "app/trace_file/trace_merge.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "app/report/processes.h"
#include "app/trace_file/merge_source.h"
#include "app/trace_file/trace_writer.h"
#include "app/user_error.h"
#include "embed/probe/gil_table.h"

namespace gilscope::app {

namespace {

// Records are in the order of time up to this: less would be more and smaller blocks.
constexpr double kWindowNs = 50e6;

constexpr probe::Ticks kNever = std::numeric_limits<probe::Ticks>::max();

// The facts of all parts, in one.
class MergedFacts final : public FactSource {
 public:
  MergedFacts() {
    all_.names.emplace_back();
    all_.places.emplace_back();
  }

  /// The numbers of one more part's; false: there is no room for its GILs.
  bool add(const TraceFacts& part, ProcessFacts process, MergedNumbers& numbers);
  void finish(std::vector<UntracedProcess> untraced);

  TraceFacts moment(probe::ClockSample& clock) const override {
    clock = all_.clock;
    return all_;
  }
  std::vector<std::string> names() const override { return all_.names; }
  std::vector<probe::Place> places_from(std::uint32_t first) const override {
    const std::size_t begin = std::min<std::size_t>(first, all_.places.size());
    return {all_.places.begin() + static_cast<std::ptrdiff_t>(begin), all_.places.end()};
  }
  const TraceFacts& all() const noexcept { return all_; }

 private:
  void number_names(const TraceFacts& part, MergedNumbers& numbers);
  void number_places(const TraceFacts& part, MergedNumbers& numbers);
  std::int64_t clock_error_ns(const TraceFacts& part) const;

  TraceFacts all_;
  std::map<std::string, std::uint32_t> names_;
  using PlaceKey = std::tuple<std::string, std::string, std::uint32_t, std::uint32_t>;
  std::map<PlaceKey, std::uint32_t> places_;
  std::uint32_t threads_ = 0;
  std::uint32_t gils_ = 0;
};

void MergedFacts::number_names(const TraceFacts& part, MergedNumbers& numbers) {
  numbers.names = {0};
  for (std::size_t i = 1; i < part.names.size(); ++i) {
    const auto [known, is_new] =
        names_.try_emplace(part.names[i], static_cast<std::uint32_t>(all_.names.size()));
    if (is_new) all_.names.push_back(part.names[i]);
    numbers.names.push_back(known->second);
  }
}

void MergedFacts::number_places(const TraceFacts& part, MergedNumbers& numbers) {
  numbers.places = {0};
  for (std::size_t i = 1; i < part.places.size(); ++i) {
    probe::Place place = part.places[i];
    place.caller = place.caller < i ? numbers.places[place.caller] : 0;  // callers come first
    const auto [known, is_new] = places_.try_emplace({place.file, place.function, place.line, place.caller},
                                                     static_cast<std::uint32_t>(all_.places.size()));
    if (is_new) all_.places.push_back(std::move(place));
    numbers.places.push_back(known->second);
  }
}

// Where the first process's clocks, drawn out to the part's begin, and the part's own differ.
std::int64_t MergedFacts::clock_error_ns(const TraceFacts& part) const {
  if (all_.clock.monotonic_ns == 0 || part.clock.monotonic_ns == 0) return 0;
  const double expected =
      static_cast<double>(static_cast<std::int64_t>(part.clock.ticks - all_.clock.ticks)) *
      all_.scale.ns_per_tick;
  const auto seen =
      static_cast<double>(static_cast<std::int64_t>(part.clock.monotonic_ns - all_.clock.monotonic_ns));
  const double error = seen - expected;
  return std::abs(error) < 1e18 ? std::llround(error) : std::numeric_limits<std::int64_t>::max();
}

bool MergedFacts::add(const TraceFacts& part, ProcessFacts process, MergedNumbers& numbers) {
  numbers.first_thread = threads_;
  for (const ThreadFacts& thread : part.threads) {
    numbers.thread_count = std::max(numbers.thread_count, thread.index + 1);
  }
  std::uint32_t gils = 1;
  for (const GilFacts& gil : part.gils) gils = std::max<std::uint32_t>(gils, gil.id + 1u);
  if (gils_ + gils > probe::gil_table::kMaxGils) return false;
  numbers.first_gil = static_cast<std::uint16_t>(gils_);
  numbers.gil_count = static_cast<std::uint16_t>(gils);
  const bool is_first = all_.processes.empty();
  if (is_first) {
    all_.run = part.run;
    all_.begin = part.begin;
    all_.scale = part.scale;
    all_.clock = part.clock;
  }
  number_names(part, numbers);
  number_places(part, numbers);
  process.command = part.run.command;
  // A fork is called as its parent is.
  if (!is_first && process.name.empty() && process.command == all_.run.command) process.name = "fork";
  const std::string title = process_title(process.name, process.command, process.process_id);
  for (ThreadFacts thread : part.threads) {
    thread.index += threads_;
    // Eight workers have eight threads called main.
    if (!is_first) thread.name = thread.name == "main" ? title : thread.name + " of " + title;
    if (thread.end == 0) thread.end = part.now;  // it lived as long as its process
    all_.threads.push_back(std::move(thread));
  }
  for (GilFacts gil : part.gils) {
    gil.id = static_cast<std::uint16_t>(gil.id + gils_);
    all_.gils.push_back(gil);
  }
  for (OpenTurn open : part.open) {
    open.thread += threads_;
    open.gil = static_cast<std::uint16_t>(open.gil + gils_);
    all_.open.push_back(open);
  }
  for (CpuFacts cpu : part.cpu) {
    if (cpu.thread == CpuFacts::kProcess) {
      process.cpu_known = true;
      process.cpu_ns = cpu.on_cpu_ns;
    } else {
      cpu.thread += threads_;
      all_.cpu.push_back(cpu);
    }
  }
  process.begin = part.begin;
  process.end = std::max(part.now, part.begin);
  process.lost_reason = part.run.lost_reason;
  if (part.run.ends_early.empty() && process.how != ProcessFacts::End::kReplaced) {
    process.how = ProcessFacts::End::kExited;
    process.exit_status = part.run.exit_status;
  }
  process.first_thread = threads_;
  process.thread_count = numbers.thread_count;
  process.first_gil = numbers.first_gil;
  process.gil_count = numbers.gil_count;
  process.clock_error_ns = clock_error_ns(part);
  if (all_.run.lost_reason.empty()) all_.run.lost_reason = part.run.lost_reason;
  all_.now = std::max(all_.now, process.end);
  threads_ += numbers.thread_count;
  gils_ += gils;
  all_.processes.push_back(std::move(process));
  return true;
}

void MergedFacts::finish(std::vector<UntracedProcess> untraced) {
  all_.untraced = std::move(untraced);
  CpuFacts whole{.thread = CpuFacts::kProcess};
  bool known = false;
  for (const ProcessFacts& process : all_.processes) {
    known = known || process.cpu_known;
    whole.on_cpu_ns += process.cpu_ns;
  }
  if (known) all_.cpu.push_back(whole);
}

struct Source {
  const MergePart* part;
  probe::Ticks begin;
  std::uint64_t end;  // of the bytes that its facts are of
  MergedNumbers numbers;
  std::unique_ptr<MergeSource> reading;  // null: not begun, or at its end
  bool ended = false;
};

// The records of all sources, pass by pass.
class Passes {
 public:
  Passes(std::deque<Source>& sources, TraceWriter& writer, probe::Ticks window)
      : sources_(sources), writer_(writer), window_(window) {}

  bool write() {
    while (begin_those_before(horizon())) {
      if (!write_pass(horizon())) return false;
    }
    // What a trace that ends early leaves open is settled now.
    return writer_.write({}, kNever) && writer_.write({}, kNever);
  }

 private:
  probe::Ticks horizon() const {
    probe::Ticks first = kNever;
    for (const Source& source : sources_) {
      if (source.ended) continue;
      first = std::min(first, source.reading != nullptr ? source.reading->at() : source.begin);
    }
    return first > kNever - window_ ? kNever : first + window_;
  }

  // False: all have ended.
  bool begin_those_before(probe::Ticks horizon) {
    bool any = false;
    for (Source& source : sources_) {
      if (source.ended) continue;
      any = true;
      if (source.reading != nullptr || source.begin > horizon) continue;
      source.reading = std::make_unique<MergeSource>(source.numbers, kernel_calls_);
      source.reading->open(source.part->path, source.part->descriptor, source.end);
    }
    return any;
  }

  bool write_pass(probe::Ticks horizon) {
    sections_.clear();
    taken_.clear();
    for (Source& source : sources_) {
      if (source.reading == nullptr) continue;
      if (source.reading->at() > horizon && source.reading->is_settled()) continue;
      for (const MergeSource::Section& section : source.reading->sections()) {
        if (!section.records.empty()) sections_.push_back({section.thread, section.records});
      }
      taken_.push_back(&source);
    }
    probe::Ticks oldest = kNever;
    for (const Source& source : sources_) {
      if (source.ended) continue;
      const bool is_taken = std::ranges::find(taken_, &source) != taken_.end();
      oldest = std::min(oldest, is_taken ? source.reading->oldest_after() : source.begin);
      if (!is_taken && source.reading != nullptr) oldest = std::min(oldest, last_oldest_[&source]);
      if (is_taken) last_oldest_[&source] = source.reading->oldest_after();
    }
    if (!writer_.write(sections_, oldest)) return false;
    for (Source* source : taken_) {
      source->reading->take();
      if (!source->reading->is_at_end()) continue;
      source->reading.reset();
      source->ended = true;
    }
    return true;
  }

  std::deque<Source>& sources_;
  TraceWriter& writer_;
  probe::Ticks window_;
  std::uint32_t kernel_calls_ = 0;
  std::vector<ThreadSection> sections_;
  std::vector<Source*> taken_;
  std::map<const Source*, probe::Ticks> last_oldest_;
};

TraceReader reader_of(const MergePart& part) {
  return part.descriptor >= 0 ? TraceReader::of_descriptor(part.descriptor, part.path)
                              : TraceReader::open(part.path);
}

}  // namespace

MergeResult merge_traces(const std::vector<MergePart>& parts, std::vector<UntracedProcess> untraced,
                         TraceOutput output) {
  MergedFacts facts;
  std::deque<Source> sources;
  for (const MergePart& part : parts) {
    try {
      const TraceReader reader = reader_of(part);
      Source source{&part, reader.facts().begin, reader.end(), {}, nullptr, false};
      if (facts.add(reader.facts(), part.process, source.numbers)) {
        sources.push_back(std::move(source));
      } else {
        untraced.push_back({part.process.process_id,
                            fmt::format("a trace holds no more than {} GILs", probe::gil_table::kMaxGils)});
      }
    } catch (const UserError& error) {
      if (sources.empty()) throw;
      untraced.push_back({part.process.process_id, error.what()});
    }
  }
  facts.finish(std::move(untraced));
  MergeResult result;
  TraceWriter writer(std::move(output), facts);
  const auto window = static_cast<probe::Ticks>(kWindowNs / facts.all().scale.ns_per_tick);
  if (writer.begin() && Passes(sources, writer, window).write()) writer.finish(facts.all());
  result.failure = writer.failure();
  if (result.failure.empty()) {
    result.trace.emplace(TraceReader::of_descriptor(writer.output().descriptor(), "the merged trace"));
  }
  return result;
}

}  // namespace gilscope::app
