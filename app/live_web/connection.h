// One browser's connection: reads one request, sends one answer, or events for as long as both sides live. It
// never waits: what the socket does not take now is sent when it can be. Not for what is answered:
// web_server.h. Thread rule: the server's thread.
#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

#include "app/live_web/descriptors.h"
#include "app/live_web/event_stream.h"
#include "app/live_web/http_request.h"

namespace gilscope::app {

/// What follows the head of an answer: a text, or a part of a file that somebody else keeps open.
struct AnswerBody {
  std::string text;
  int file = -1;
  std::uint64_t file_size = 0;
};

class Connection {
 public:
  Connection(ServedDescriptor socket, std::uint64_t now_ns)
      : socket_(std::move(socket)), last_progress_ns_(now_ns) {}

  enum class State : std::uint8_t {
    kReading,    ///< until the request is there
    kAnswering,  ///< then it is closed
    kStreaming,  ///< events; until the browser goes, or does not read any more
    kDone,
  };
  State state() const noexcept { return state_; }
  int descriptor() const noexcept { return socket_.get(); }
  /// Whether it has something to send that the socket did not take.
  bool wants_to_write() const noexcept { return blocked_; }
  std::uint64_t last_progress_ns() const noexcept { return last_progress_ns_; }
  /// Its answer was a file, and has been sent to the last byte.
  bool has_sent_file() const noexcept { return sent_all_ && body_.file >= 0; }

  /// Takes in what has come. True: `request` is whole, and waits for answer() or stream().
  bool read(HttpRequest& request, std::uint64_t now_ns);
  void answer(std::string head, AnswerBody body);
  /// Sends `head`, then the events after `last_event`.
  void stream(std::string head, std::uint64_t last_event);
  /// Sends as much as the socket takes.
  void write(const EventStream& events, std::uint64_t now_ns);
  /// While it streams and has nothing to send: something that the browser passes over.
  void send_heartbeat();

 private:
  enum class Sent : std::uint8_t { kAll, kBlocked, kGone };
  /// What a call that sent so many bytes, or failed, means. kAll: go on.
  Sent note_sent(ssize_t count, std::uint64_t now_ns);
  Sent send_text(std::string_view text, std::size_t& sent, std::uint64_t now_ns);
  Sent send_file(std::uint64_t now_ns);
  void write_events(const EventStream& events, std::uint64_t now_ns);
  void write_answer(std::uint64_t now_ns);

  ServedDescriptor socket_;
  State state_ = State::kReading;
  std::uint64_t last_progress_ns_;
  std::string received_;
  std::string head_;
  std::size_t head_sent_ = 0;
  AnswerBody body_;
  std::size_t text_sent_ = 0;
  off_t file_sent_ = 0;
  bool blocked_ = false;
  bool sent_all_ = false;
  std::uint64_t cursor_ = 0;
  SharedEvent event_;  // being sent
  std::size_t event_sent_ = 0;
};

}  // namespace gilscope::app
