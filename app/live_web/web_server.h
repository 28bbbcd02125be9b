// The live page's server: one thread that answers browsers on the loopback interface. It owns the sockets;
// what it sends comes from an EventStream and is made by others. It never touches Python, blocks signals, and
// does not exist in forked children. Not for who may ask: access.h. Thread rule: made, started and ended by
// one thread at a time.
//
// Ours, and not cpp-httplib's: that one's accepted sockets (0.11.4) are not close-on-exec, so that programs
// which the script starts would keep browsers waiting; and each browser that listens to events holds one of
// its pool's threads for the whole run, eight by default: the ninth gets no answer.
//
//   GET /?token=T   303 to / with the session's cookie
//   GET /           the page; this and all below only with the cookie
//   GET /events     server-sent events, from the begin of the run, or after Last-Event-ID
//   GET /report     the full report as a page, once the run has ended; 404 before
#pragma once

#include <atomic>
#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include "app/live_web/access.h"
#include "app/live_web/connection.h"
#include "app/live_web/descriptors.h"
#include "app/live_web/event_stream.h"

namespace gilscope::app {

/// The page of the full report: a file that stays open and does not change.
struct ReportFile {
  int descriptor = -1;
  std::uint64_t size = 0;
};

struct WebPage {
  std::string html;
  std::string policy;  ///< its Content-Security-Policy, and the report's
};

class WebServer {
 public:
  /// Listens, but answers nobody before start(). Throws UserError when the port cannot be had.
  WebServer(std::uint16_t port, EventStream& events, WebPage page);
  ~WebServer();
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  /// Begins to answer, on a thread of its own. Throws std::system_error.
  void start();

  const Access& access() const noexcept { return access_; }

  /// How long to wait for browsers at the end.
  struct Patience {
    std::chrono::milliseconds without_progress{3'000};
    std::chrono::milliseconds for_first_browser{0};
    bool until_interrupted = false;
  };
  enum class Farewell : std::uint8_t {
    kNobodyCame,   ///< no browser was there to see the end
    kAllServed,    ///< every browser that was there has the report, or has gone
    kGaveUp,       ///< somebody is there and has not fetched it in time
    kInterrupted,  ///< Ctrl-C
  };
  /// The run has ended: from now on this is served, and Ctrl-C ends the waiting that is to come. To be called
  /// before the event that says so is published.
  void offer(ReportFile report);
  /// Then: serves until every browser that was there has the report, but not for ever. Ctrl-C and SIGTERM end
  /// the waiting. Answers nobody any more.
  Farewell wait_for_browsers(const Patience& patience);

 private:
  void run();
  void serve_ready();
  void accept_new(std::uint64_t now_ns);
  void serve(Connection& connection, short events, std::uint64_t now_ns);
  std::string head_of(const char* status, const char* type, std::uint64_t length,
                      const std::string& more = "") const;
  void answer_text(Connection& connection, const char* status, std::string_view sentence,
                   const std::string& more = "") const;
  void reply(Connection& connection, const HttpRequest& request);
  void reply_to_known(Connection& connection, const HttpRequest& request);
  bool is_over(std::uint64_t now_ns);
  void remove_finished(std::uint64_t now_ns);

  EventStream& events_;
  const WebPage page_;
  const std::string headers_;  // of every answer
  std::uint16_t port_;
  ServedDescriptor listening_;
  Access access_;
  std::thread thread_;
  std::list<Connection> connections_;
  std::atomic<bool> stop_{false};

  // Of the end; each written before its flag is set.
  ReportFile report_;
  std::atomic<bool> has_report_{false};
  Patience patience_;
  std::atomic<bool> waiting_{false};
  class Interruptible;
  std::unique_ptr<Interruptible> interruptible_;
  int over_ = -1;  // an eventfd: nobody needs to be waited for any more

  // The server thread's.
  std::size_t pages_ = 0;     // that were given to browsers
  std::size_t streams_ = 0;   // and asked for events
  std::size_t audience_ = 0;  // streams that were there at the end, or came later
  std::size_t served_ = 0;    // reports that were sent to the last byte
  std::uint64_t ended_ns_ = 0;
  std::uint64_t last_progress_ns_ = 0;
  bool gave_up_ = false;
  bool told_over_ = false;
};

}  // namespace gilscope::app
