#include "app/live_web/connection.h"

#include <array>
#include <cerrno>

#include <sys/sendfile.h>
#include <sys/socket.h>

namespace gilscope::app {

namespace {

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

// One browser that reads fast must not keep the others waiting.
constexpr int kEventsInTurn = 64;

}  // namespace

bool Connection::read(HttpRequest& request, std::uint64_t now_ns) {
  std::array<char, 4096> bytes;
  for (;;) {
    const ssize_t count = recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && would_block(errno)) return false;
    if (count <= 0) {
      state_ = State::kDone;
      return false;
    }
    if (state_ != State::kReading) continue;  // there is nothing more to be asked here
    last_progress_ns_ = now_ns;
    received_.append(bytes.data(), static_cast<std::size_t>(count));
    switch (parse_request(received_, request)) {
      case HeadState::kIncomplete:
        continue;
      case HeadState::kBad:
        state_ = State::kDone;
        return false;
      case HeadState::kComplete:
        received_.clear();
        return true;
    }
  }
}

void Connection::answer(std::string head, AnswerBody body) {
  state_ = State::kAnswering;
  head_ = std::move(head);
  body_ = std::move(body);
}

void Connection::stream(std::string head, std::uint64_t last_event) {
  state_ = State::kStreaming;
  head_ = std::move(head);
  cursor_ = last_event;
}

void Connection::write(const EventStream& events, std::uint64_t now_ns) {
  blocked_ = false;
  if (state_ == State::kAnswering) write_answer(now_ns);
  if (state_ == State::kStreaming) write_events(events, now_ns);
}

Connection::Sent Connection::note_sent(ssize_t count, std::uint64_t now_ns) {
  if (count > 0) {
    last_progress_ns_ = now_ns;
    return Sent::kAll;
  }
  if (count < 0 && errno == EINTR) return Sent::kAll;
  if (count < 0 && would_block(errno)) {
    blocked_ = true;
    return Sent::kBlocked;
  }
  state_ = State::kDone;
  return Sent::kGone;
}

Connection::Sent Connection::send_text(std::string_view text, std::size_t& sent, std::uint64_t now_ns) {
  while (sent < text.size()) {
    const ssize_t count = send(socket_.get(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (const Sent result = note_sent(count, now_ns); result != Sent::kAll) return result;
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
  return Sent::kAll;
}

Connection::Sent Connection::send_file(std::uint64_t now_ns) {
  while (static_cast<std::uint64_t>(file_sent_) < body_.file_size) {
    const std::uint64_t left = body_.file_size - static_cast<std::uint64_t>(file_sent_);
    const ssize_t count = sendfile(socket_.get(), body_.file, &file_sent_, left);
    if (const Sent result = note_sent(count, now_ns); result != Sent::kAll) return result;
  }
  return Sent::kAll;
}

void Connection::write_answer(std::uint64_t now_ns) {
  if (send_text(head_, head_sent_, now_ns) != Sent::kAll) return;
  if (send_text(body_.text, text_sent_, now_ns) != Sent::kAll) return;
  if (body_.file >= 0 && send_file(now_ns) != Sent::kAll) return;
  sent_all_ = true;
  shutdown(socket_.get(), SHUT_WR);
  state_ = State::kDone;
}

void Connection::write_events(const EventStream& events, std::uint64_t now_ns) {
  if (send_text(head_, head_sent_, now_ns) != Sent::kAll) return;
  for (int i = 0; i < kEventsInTurn; ++i) {
    if (event_ == nullptr) {
      event_ = events.after(cursor_);
      event_sent_ = 0;
      if (event_ == nullptr) return;
    }
    if (send_text(event_->text, event_sent_, now_ns) != Sent::kAll) return;
    cursor_ = event_->id;
    event_.reset();
  }
  blocked_ = true;  // there is more
}

void Connection::send_heartbeat() {
  if (state_ != State::kStreaming || event_ != nullptr || head_sent_ < head_.size()) return;
  head_ = ": the run goes on\n\n";
  head_sent_ = 0;
}

}  // namespace gilscope::app
