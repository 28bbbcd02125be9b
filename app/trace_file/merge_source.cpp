#include "app/trace_file/merge_source.h"

#include <algorithm>

namespace gilscope::app {

namespace {

bool is_kernels(probe::RecordKind kind) {
  using enum probe::RecordKind;
  return kind == kKernelBegin || kind == kKernelEnd || kind == kTile;
}

bool is_named(probe::RecordKind kind) {
  using enum probe::RecordKind;
  return is_kernels(kind) || kind == kRegionBegin || kind == kRegionEnd || kind == kMark;
}

std::uint32_t number_in(const std::vector<std::uint32_t>& numbers, std::uint32_t number) {
  return number < numbers.size() ? numbers[number] : 0;
}

}  // namespace

void MergeSource::open(const std::string& path, int descriptor, std::uint64_t end) {
  reader_ = std::make_unique<TraceReader>(descriptor >= 0 ? TraceReader::of_descriptor(descriptor, path)
                                                          : TraceReader::open(path));
  reader_->end_at(end);
  cursor_ = std::make_unique<TraceCursor>(*reader_);
  at_ = reader_->facts().begin;
  read_ahead();
}

void MergeSource::read_ahead() {
  if (is_read_) return;
  if (cursor_->step(*this)) return;
  is_read_ = true;
  cursor_.reset();  // a file less that is open
  reader_.reset();
}

void MergeSource::take() {
  begun_ = true;
  empty_passes_ = sections_.empty() ? empty_passes_ + 1 : 0;
  sections_.clear();
  pass_ended_ = false;
  read_ahead();
}

void MergeSource::add(std::uint32_t thread, std::span<const probe::Turn> records) {
  if (thread >= numbers_.thread_count || records.empty()) return;
  const std::uint32_t number = numbers_.first_thread + thread;
  auto section = std::ranges::find(sections_, number, &Section::thread);
  if (section == sections_.end()) section = sections_.insert(section, Section{number, {}});
  for (const probe::Turn& record : records) {
    if (record.kind == probe::RecordKind::kTurn && record.gil >= numbers_.gil_count) continue;
    section->records.push_back(renumbered(record));
  }
  at_ = std::max(at_, records.back().drop);
}

void MergeSource::end_of_pass(probe::Ticks oldest_open_want) {
  pass_ended_ = true;
  oldest_ = oldest_open_want;
  at_ = std::max(at_, oldest_open_want);
}

probe::Turn MergeSource::renumbered(probe::Turn record) {
  record.gil = static_cast<std::uint16_t>(record.gil + numbers_.first_gil);
  record.location = number_in(is_named(record.kind) ? numbers_.names : numbers_.places, record.location);
  if (!is_kernels(record.kind)) return record;
  const auto [call, is_new] = calls_.try_emplace(record.sequence, kernel_calls_ + 1);
  if (is_new) ++kernel_calls_;
  record.sequence = call->second;
  return record;
}

}  // namespace gilscope::app
