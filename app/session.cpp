#include <Python.h>

#include "app/session.h"

#include <stdexcept>
#include <system_error>
#include <thread>

#include <time.h>
#include <unistd.h>

#include "app/report/json_report.h"
#include "embed/code_location.h"
#include "embed/collections.h"
#include "embed/gil_location.h"
#include "embed/interrupt.h"
#include "embed/lock_waits.h"
#include "embed/probe/gil_table.h"
#include "embed/probe/places.h"
#include "embed/probe/recorder.h"
#include "embed/switch_interval.h"
#include "embed/thread_names.h"
#include "embed/worker_threads.h"
#include "kernels/tiles.h"

namespace gilscope::app {

namespace {

std::string python_version() {
  const std::string text = Py_GetVersion();
  return text.substr(0, text.find(' '));
}

std::vector<ThreadFacts> thread_facts() {
  std::vector<ThreadFacts> facts;
  for (const probe::ThreadInfo& info : probe::recorder::threads()) {
    facts.push_back({.index = info.index,
                     .native_id = info.native_id,
                     .name = info.name.empty() ? "thread " + std::to_string(info.native_id) : info.name,
                     .begin = info.begin,
                     .end = info.end});
  }
  return facts;
}

std::vector<GilFacts> gil_facts() {
  std::vector<GilFacts> facts;
  for (const probe::GilSlot* slot : probe::gil_table::slots()) {
    facts.push_back({.id = slot->gil.index,
                     .takes_counted = slot->takes_counted.load(),
                     .lost_counted = slot->gil.lost.load(),
                     .overlaps = slot->gil.overlaps.load()});
  }
  return facts;
}

std::vector<OpenTurn> open_turns() {
  std::vector<OpenTurn> open;
  for (const probe::OpenTurnState& state : probe::open_turns()) {
    open.push_back({.thread = state.thread,
                    .gil = state.gil,
                    .want = state.want != 0 ? state.want : state.take,
                    .take = state.take,
                    .request = state.request,
                    .requests = state.requests,
                    .sequence = state.sequence});
  }
  return open;
}

// For as long as this lives.
class LookAway {
 public:
  explicit LookAway(RunWatcher* watcher) : watcher_(watcher) {
    if (watcher_ != nullptr) watcher_->look_away(true);
  }
  ~LookAway() {
    if (watcher_ != nullptr) watcher_->look_away(false);
  }
  LookAway(const LookAway&) = delete;
  LookAway& operator=(const LookAway&) = delete;

 private:
  RunWatcher* watcher_;
};

}  // namespace

Session::Session() {
  facts_.gilscope_version = GILSCOPE_VERSION;
  facts_.cores = kernels::available_cores();
  probe::gil_table::sleep_in_forked_children();
}

void Session::begin(const Recorded& recorded, const std::string& command) {
  facts_.command = command;
  note_process();
  facts_.python_version = python_version();
  facts_.gil_enabled = py::gil_enabled();
  facts_.free_threaded = py::is_free_threaded();
  if (!recorded.trace) {
    facts_.unverified_reason = "--no-trace was given";
  } else {
    const py::GilLocation location = py::locate_gil();
    has_gil_ = location.sight != py::GilSight::kOff;
    if (!has_gil_) return begin_without_gil(recorded.locations);
    facts_.verified = location.sight == py::GilSight::kWatched;
    facts_.unverified_reason = location.reason;
    facts_.pair_cost_ns = location.pair_cost_ns;
    if (facts_.verified && recorded.locations) py::begin_code_locations(location.last_holder_offset);
    if (facts_.verified && watcher_ != nullptr) py::learn_switch_interval(location.last_holder_offset);
  }
  if (facts_.verified) {
    py::watch_thread_starts([this] { expect_threads(); });
    recording_ = true;
    py::start_recording();
    py::watch_collections();
    py::watch_signals_before_sleeps();
    probe::recorder::name_this_thread("main");
  }
  begin_clocks();
}

// A free-threaded Python with its GIL off: what is seen is where its threads sleep on its locks.
void Session::begin_without_gil(bool locations) {
  const std::string wrong = py::watch_lock_waits(locations);
  facts_.verified = wrong.empty();
  if (!wrong.empty()) facts_.unverified_reason = "the self-test failed: " + wrong;
  if (facts_.verified) {
    py::watch_thread_starts([this] { expect_threads(); });
    recording_ = true;
    py::watch_collections();
    probe::recorder::name_this_thread("main");
  }
  begin_clocks();
}

void Session::begin_in_forked_child(const Session& parent) {
  facts_ = parent.facts_;
  facts_.exit_status = 0;
  note_process();
  has_gil_ = parent.has_gil_;
  threads_expected_ = parent.threads_expected_;
  if (facts_.verified) {
    probe::recorder::wake_up_after_fork();
    py::begin_code_locations_anew();
    py::expect_thread_starts([this] { expect_threads(); });
    recording_ = true;
    if (has_gil_) {
      py::start_recording();
    } else {
      probe::recorder::attach_this_thread();
    }
    probe::recorder::name_this_thread("main");
  }
  begin_clocks();
}

void Session::note_process() {
  facts_.process_id = getpid();
  timespec started;
  clock_gettime(CLOCK_REALTIME, &started);
  facts_.started_unix_ns = static_cast<std::uint64_t>(started.tv_sec) * 1'000'000'000u +
                           static_cast<std::uint64_t>(started.tv_nsec);
}

void Session::begin_clocks() {
  begin_ = probe::sample_clocks();
  cpu_.begin();
  if (recording_) begin_.ticks = std::min(begin_.ticks, probe::recorder::threads().front().begin);
  if (kept_) kept_->begin(kept_name_);
  if (recording_) start_collector();
}

void Session::write_so_far() noexcept {
  if (!recording_ || !kept_ || ended_) return;
  try {
    collector_.pass_and_look([this] { kept_->write_so_far(); });
  } catch (const std::exception&) {
    // What is missing is told as such.
  }
}

void Session::abandon_file() noexcept {
  if (kept_) kept_->abandon_file();
}

void Session::keep_in(TraceOutput output, const std::string& name) {
  kept_name_ = name;
  const FactSource& facts = *this;
  probe::TurnSink& next = to_timeline_;
  kept_.emplace(std::move(output), facts, next);
}

void Session::start_collector() {
  try {
    if (kept_ || watcher_ != nullptr) return collector_.start();
  } catch (const std::system_error&) {
    // No thread can be started: then the buffers are emptied by those who fill them.
  }
  collector_.start_on_writers();
}

void Session::rehearse() {
  std::string wrong;
  {
    const LookAway away(watcher_);
    wrong = py::rehearse_contention();
  }
  if (wrong.empty()) return;
  facts_.verified = false;
  facts_.unverified_reason = "the self-test failed: " + wrong;
}

void Session::expect_threads() {
  if (!recording_ || threads_expected_ || probe::recorder::is_asleep()) return;
  threads_expected_ = true;
  collector_.stop();  // what the rehearsal records is not the run's
  try {
    if (has_gil_) rehearse();
    collector_.start();
  } catch (const std::system_error&) {
    // No thread can be started: then the script's will not be either, and the buffers are emptied as before.
    threads_expected_ = false;
    start_collector();
  }
}

void Session::python_ends() {
  if (!recording_) return;
  py::refresh_thread_names();
  facts_.gil_went_on = !has_gil_ && py::gil_enabled();
}

// The recording ends here. Threads that still run may go on with the GIL.
void Session::stop_watching() noexcept {
  if (ended_) return;
  if (recording_ && has_gil_) probe::gil_table::end_watch();
  end_ = probe::sample_clocks();
  ended_ = true;
}

void Session::end(int exit_status) {
  facts_.exit_status = exit_status;
  stop_watching();
  if (recording_) {
    collector_.stop();
    // Twice: what is missing after a whole further pass is lost.
    collector_.pass_and_look([this] { settle(); });
    collector_.pass_and_look([this] {
      settle();
      final_facts_ = facts();
    });
  } else {
    final_facts_ = facts();
  }
  if (kept_) kept_->finish(*final_facts_);
}

void Session::end_early(const std::string& why) {
  facts_.ends_early = why;
  end(0);
}

Report Session::report() {
  if (final_facts_ || !recording_) return look();
  Report report;
  collector_.pass_and_look([&] {
    settle();
    report = look();
  });
  return report;
}

Report Session::end_from_collector(int exit_status) {
  if (!final_facts_) {
    facts_.exit_status = exit_status;
    stop_watching();
    // A copy of the process that was made in the middle of a pass leaves the file as it is.
    const bool is_settled = in_pass_ == 0;
    if (is_settled) settle();
    final_facts_ = facts();
    if (kept_ && is_settled) kept_->finish(*final_facts_);
  }
  Report report = look();
  report.exit_status = exit_status;
  return report;
}

// What is held back for the trace file goes there, and to the timeline.
void Session::settle() {
  if (kept_) kept_->flush();
}

TraceFacts Session::facts() const {
  probe::ClockSample now;
  TraceFacts facts = moment(now);
  facts.names = names();
  facts.places = places_from(1);
  facts.places.insert(facts.places.begin(), probe::Place{});
  facts.scale = probe::tick_scale(begin_, ended_ ? end_ : now);
  return facts;
}

std::vector<std::string> Session::names() const { return probe::recorder::interned_names(); }

std::vector<probe::Place> Session::places_from(std::uint32_t first) const {
  return probe::places::places_from(first);
}

TraceFacts Session::moment(probe::ClockSample& now) const {
  TraceFacts facts = moment_without_cpu(now);
  if (recording_) facts.cpu = cpu_.facts(ended_);
  return facts;
}

TraceFacts Session::moment_now() const {
  probe::ClockSample now;
  TraceFacts facts = moment_without_cpu(now);
  facts.scale = probe::tick_scale(begin_, now);
  return facts;
}

Report Session::report_now() {
  settle();
  return look();
}

// Open turns first: those that are told here and are recorded meanwhile are recognised.
TraceFacts Session::moment_without_cpu(probe::ClockSample& now) const {
  TraceFacts facts;
  facts.open = recording_ && has_gil_ ? open_turns() : std::vector<OpenTurn>{};
  now = ended_ ? end_ : probe::sample_clocks();
  facts.run = facts_;
  facts.run.still_running = !ended_;
  if (recording_) facts.threads = thread_facts();
  if (recording_ && has_gil_) facts.gils = gil_facts();
  if (kept_) {
    for (GilFacts& gil : facts.gils) gil.lost_counted += kept_->lost(gil.id);
    facts.run.lost_reason = kept_->lost_reason();
  }
  facts.begin = begin_.ticks;
  facts.now = now.ticks;
  return facts;
}

Report Session::look() const { return timeline_.snapshot(final_facts_ ? *final_facts_ : facts(), estimate_); }

void Session::on_terminate(std::atomic<bool>& terminate, std::function<void()> done) {
  terminated_ = std::move(done);
  terminate_ = &terminate;
}

void Session::add(std::uint32_t thread, std::span<const probe::Turn> records) {
  if (final_facts_) return;  // what is recorded now is not the run's
  in_pass_ = 1;
  kept_ ? kept_->add(thread, records) : timeline_.add(thread, records);
  if (watcher_ != nullptr) watcher_->add(thread, records);
  in_pass_ = 0;
}

void Session::end_of_pass(probe::Ticks oldest_open_want) {
  if (final_facts_) return;
  in_pass_ = 1;
  kept_ ? kept_->end_of_pass(oldest_open_want) : timeline_.end_of_pass(oldest_open_want);
  if (watcher_ != nullptr) {
    watcher_->end_of_pass(oldest_open_want);
    tell_watcher();
    watcher_->pass_ended(*this);
  }
  in_pass_ = 0;
  if (terminating_) return terminated_();
  if (terminate_ == nullptr || !terminate_->exchange(false)) return;
  // What was recorded until the watch ends comes with the next pass.
  stop_watching();
  terminating_ = true;
}

std::vector<ThreadFacts> Session::threads() { return thread_facts(); }

void Session::tell_watcher() {
  constexpr std::uint64_t kPeriodNs = 15'000'000;  // passes may come much more often
  const std::uint64_t now_ns = probe::monotonic_ns();
  if (now_ns - watcher_told_ns_ < kPeriodNs) return;
  watcher_told_ns_ = now_ns;
  const probe::Ticks at = probe::now();
  watcher_->open_at(at, open_turns());
}

std::optional<py::ThreadPlace> Session::thread_place() const noexcept {
  if (const auto place = py::worker_place()) return place;
  if (main_thread_ == std::this_thread::get_id()) return py::ThreadPlace{0, 1};
  return std::nullopt;
}

py::RecordedRegion Session::region_begin(std::string_view name) noexcept {
  if (!recording_) return {};
  const auto span = probe::lane_events::region_begin(name);
  return {span.number, span.name};
}

void Session::region_end(py::RecordedRegion region) noexcept {
  probe::lane_events::region_end({region.number, region.name});
}

void Session::mark(std::string_view name) noexcept {
  if (recording_) probe::lane_events::mark(name);
}

py::RecordedKernel Session::kernel_begin(std::string_view name, bool holds_gil,
                                         std::uint64_t bytes) noexcept {
  if (!recording_) return {};
  const auto call = probe::lane_events::kernel_begin(name, holds_gil, bytes);
  return {call.number, call.name};
}

void Session::kernel_end(py::RecordedKernel kernel) noexcept {
  probe::lane_events::kernel_end({kernel.number, kernel.name});
}

void Session::tile(py::RecordedKernel kernel, std::uint64_t index, std::uint64_t begun_ticks,
                   bool own_thread) noexcept {
  probe::lane_events::tile({kernel.number, kernel.name}, index, begun_ticks, own_thread);
}

std::string Session::stats_json() {
  if (probe::recorder::is_asleep()) {
    throw std::runtime_error("gilscope does not record in a forked child: ask in the parent");
  }
  if (!recording_) throw std::runtime_error("nothing is recorded: " + facts_.unverified_reason);
  py::refresh_thread_names();
  return json_report(report(), -1);
}

bool Session::interrupt_requested() const noexcept { return py::interrupt_requested(); }

}  // namespace gilscope::app
