#include "app/live_web/event_stream.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "app/user_error.h"

namespace gilscope::app {

EventStream::EventDescriptor::EventDescriptor() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (fd_ < 0) throw UserError(fmt::format("--live=web cannot work: eventfd: {}", std::strerror(errno)));
}

EventStream::EventDescriptor::~EventDescriptor() { close(fd_); }

void EventStream::publish(std::string_view type, EventLife life, std::string_view data, Records records) {
  auto event = std::make_shared<LiveEvent>();
  event->id = next_id_++;
  event->life = life;
  event->type = type;
  event->text = fmt::format("id: {}\nevent: {}\ndata: {}\n\n", event->id, type, data);
  event->turns = records.turns;
  event->until_ns = records.until_ns;
  aside_.push_back(std::move(event));
  if (const std::unique_lock lock(mutex_, std::try_to_lock); lock.owns_lock()) {
    for (SharedEvent& one : aside_) append_locked(std::move(one));
    aside_.clear();
  }
  wake();
}

void EventStream::flush() {
  {
    const std::lock_guard lock(mutex_);
    for (SharedEvent& one : aside_) append_locked(std::move(one));
    aside_.clear();
  }
  wake();
}

void EventStream::append_locked(SharedEvent event) {
  if (event->life == EventLife::kLatest) {
    // It is among the last few: states come many times a second.
    const auto before = std::find_if(events_.rbegin(), events_.rend(), [&](const SharedEvent& one) {
      return one->life == EventLife::kLatest && one->type == event->type;
    });
    if (before != events_.rend()) events_.erase(std::next(before).base());
  } else if (event->life == EventLife::kRecords) {
    record_bytes_ += event->text.size();
  }
  events_.push_back(std::move(event));
  if (record_bytes_ > most_record_bytes_) drop_oldest_records();
}

void EventStream::drop_oldest_records() {
  SharedEvent last;
  for (auto one = events_.begin(); one != events_.end() && record_bytes_ > most_record_bytes_;) {
    if ((*one)->life != EventLife::kRecords) {
      ++one;
      continue;
    }
    record_bytes_ -= (*one)->text.size();
    turns_left_out_ += (*one)->turns;
    last = std::move(*one);
    one = events_.erase(one);
  }
  if (last == nullptr) return;
  auto mark = std::make_shared<LiveEvent>();
  mark->id = last->id;
  mark->type = "left_out";
  mark->text = fmt::format("id: {}\nevent: left_out\ndata: {{\"turns\":{},\"until_ns\":{}}}\n\n", mark->id,
                           turns_left_out_, last->until_ns);
  mark->turns = turns_left_out_;
  mark->until_ns = last->until_ns;
  left_out_ = std::move(mark);
}

SharedEvent EventStream::after(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  const auto next = std::ranges::upper_bound(events_, id, {}, [](const SharedEvent& one) { return one->id; });
  // What is older than the mark and still kept (names, say) goes before it.
  const bool is_behind = left_out_ != nullptr && id < left_out_->id;
  if (is_behind && (next == events_.end() || (*next)->id > left_out_->id)) return left_out_;
  return next == events_.end() ? nullptr : *next;
}

std::size_t EventStream::record_bytes() const {
  const std::lock_guard lock(mutex_);
  return record_bytes_;
}

void EventStream::wake() noexcept {
  const std::uint64_t one = 1;
  // A counter that is full wakes as well.
  [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof one);
}

}  // namespace gilscope::app
