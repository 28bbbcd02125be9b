#include "app/live_web/web_server.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <vector>

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/user_error.h"
#include "embed/probe/clock.h"

namespace gilscope::app {

namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;
constexpr std::uint64_t kRequestPatienceNs = 10 * kSecondNs;  // also for what browsers open in advance
// A browser that takes nothing for so long is dropped; it may come back, and goes on where it was.
constexpr std::uint64_t kSlowestNs = 10 * kSecondNs;
// A browser that was given the page asks for its events within this.
constexpr std::uint64_t kFirstEventsNs = kSecondNs;
constexpr std::uint64_t kHeartbeatNs = 5 * kSecondNs;

// Nothing is kept by the browser, guessed, sent on, framed, or loaded from elsewhere.
std::string headers_with(const std::string& policy) {
  return fmt::format(
      "Cache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "X-Frame-Options: DENY\r\n"
      "Referrer-Policy: no-referrer\r\n"
      "Cross-Origin-Resource-Policy: same-origin\r\n"
      "Cross-Origin-Opener-Policy: same-origin\r\n"
      "Content-Security-Policy: {}; frame-ancestors 'none'\r\n",
      policy);
}

std::uint64_t event_id(const std::string& text) {
  std::uint64_t id = 0;
  std::from_chars(text.data(), text.data() + text.size(), id);
  return id;
}

void drain(int descriptor) {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = ::read(descriptor, &count, sizeof count);
}

void signal_descriptor(int descriptor) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(descriptor, &one, sizeof one);
}

std::uint64_t nanoseconds(std::chrono::milliseconds span) {
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(span).count());
}

// Set while somebody waits for browsers: where Ctrl-C then says so.
std::atomic<int> interrupted_descriptor{-1};
volatile std::sig_atomic_t was_interrupted = 0;

void on_interrupt(int) {
  const int saved_errno = errno;
  was_interrupted = 1;
  signal_descriptor(interrupted_descriptor.load());
  errno = saved_errno;
}

}  // namespace

// While it lives, Ctrl-C and SIGTERM end a wait on `descriptor`.
class WebServer::Interruptible {
 public:
  explicit Interruptible(int descriptor) {
    was_interrupted = 0;
    interrupted_descriptor.store(descriptor);
    struct sigaction ours;
    std::memset(&ours, 0, sizeof ours);
    ours.sa_handler = on_interrupt;
    sigaction(SIGINT, &ours, &before_interrupt_);
    sigaction(SIGTERM, &ours, &before_terminate_);
  }
  ~Interruptible() {
    sigaction(SIGINT, &before_interrupt_, nullptr);
    sigaction(SIGTERM, &before_terminate_, nullptr);
  }
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  struct sigaction before_interrupt_;
  struct sigaction before_terminate_;
};

WebServer::WebServer(std::uint16_t port, EventStream& events, WebPage page)
    : events_(events),
      page_(std::move(page)),
      headers_(headers_with(page_.policy)),
      port_(port),
      listening_(listen_on_loopback(port_)),
      access_(port_),
      over_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (over_ < 0) throw UserError(fmt::format("--live=web cannot work: eventfd: {}", std::strerror(errno)));
  close_descriptors_in_children();
}

WebServer::~WebServer() {
  if (thread_.joinable()) {
    stop_.store(true);
    events_.flush();
    thread_.join();
  }
  close(over_);
}

void WebServer::start() {
  // Signals are for the threads of the script.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([this] { run(); });
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void WebServer::offer(ReportFile report) {
  interruptible_ = std::make_unique<Interruptible>(over_);
  report_ = report;
  has_report_.store(true);
}

WebServer::Farewell WebServer::wait_for_browsers(const Patience& patience) {
  patience_ = patience;
  waiting_.store(true);
  events_.flush();
  pollfd over{over_, POLLIN, 0};
  while (poll(&over, 1, -1) < 0 && errno == EINTR) {
  }
  interruptible_.reset();
  stop_.store(true);
  events_.flush();
  thread_.join();
  if (was_interrupted != 0) return Farewell::kInterrupted;
  if (gave_up_) return Farewell::kGaveUp;
  return audience_ + served_ == 0 ? Farewell::kNobodyCame : Farewell::kAllServed;
}

void WebServer::run() {
  pthread_setname_np(pthread_self(), "gilscope-web");
  while (!stop_.load()) serve_ready();
}

void WebServer::serve_ready() {
  std::vector<pollfd> ready;
  ready.push_back({events_.wake_descriptor(), POLLIN, 0});
  ready.push_back({listening_.get(), POLLIN, 0});
  for (const Connection& connection : connections_) {
    const bool writes = connection.wants_to_write();
    ready.push_back({connection.descriptor(), static_cast<short>(writes ? POLLIN | POLLOUT : POLLIN), 0});
  }
  const int timeout_ms = waiting_.load() ? 100 : 1'000;
  if (poll(ready.data(), ready.size(), timeout_ms) < 0 && errno != EINTR) return;
  const std::uint64_t now_ns = probe::monotonic_ns();
  const bool published = (ready[0].revents & POLLIN) != 0;
  if (published) drain(events_.wake_descriptor());
  std::size_t index = 2;
  for (Connection& connection : connections_) {
    const bool streams = connection.state() == Connection::State::kStreaming;
    const auto all = static_cast<short>(ready[index++].revents | (published && streams ? POLLOUT : 0));
    if (all != 0) serve(connection, all, now_ns);
  }
  if ((ready[1].revents & POLLIN) != 0) accept_new(now_ns);
  remove_finished(now_ns);
  if (waiting_.load() && !told_over_ && is_over(now_ns)) {
    told_over_ = true;
    signal_descriptor(over_);
  }
}

void WebServer::accept_new(std::uint64_t now_ns) {
  for (;;) {
    const int fd = accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 && errno == EINTR) continue;
    if (fd < 0) return;
    const int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (ServedDescriptor socket_fd(fd); socket_fd) connections_.emplace_back(std::move(socket_fd), now_ns);
  }
}

void WebServer::serve(Connection& connection, short events, std::uint64_t now_ns) {
  if ((events & (POLLIN | POLLHUP | POLLERR)) != 0) {
    HttpRequest request;
    if (connection.read(request, now_ns)) reply(connection, request);
  }
  connection.write(events_, now_ns);
}

std::string WebServer::head_of(const char* status, const char* type, std::uint64_t length,
                               const std::string& more) const {
  return fmt::format("HTTP/1.1 {}\r\n{}Content-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n",
                     status, headers_, type, length, more);
}

void WebServer::answer_text(Connection& connection, const char* status, std::string_view sentence,
                            const std::string& more) const {
  std::string text = fmt::format("{}\n", sentence);
  std::string head = head_of(status, "text/plain; charset=utf-8", text.size(), more);
  connection.answer(std::move(head), {.text = std::move(text)});
}

void WebServer::reply(Connection& connection, const HttpRequest& request) {
  const Verdict verdict = access_.judge(request);
  if (verdict.kind == Verdict::Kind::kRefuse) return answer_text(connection, "403 Forbidden", verdict.reason);
  if (request.method != "GET" || request.has_body) {
    return answer_text(connection, "405 Method Not Allowed", "There is nothing to be sent here.",
                       "Allow: GET\r\n");
  }
  if (verdict.kind == Verdict::Kind::kAdmit) {
    return answer_text(connection, "303 See Other", "Go on to /.",
                       fmt::format("Location: /\r\nSet-Cookie: {}\r\n", access_.cookie()));
  }
  reply_to_known(connection, request);
}

void WebServer::reply_to_known(Connection& connection, const HttpRequest& request) {
  constexpr const char* kHtml = "text/html; charset=utf-8";
  if (request.path == "/") {
    ++pages_;
    return connection.answer(head_of("200 OK", kHtml, page_.html.size()), {.text = page_.html});
  }
  if (request.path == "/events") {
    ++streams_;
    if (ended_ns_ != 0) ++audience_;
    return connection.stream(
        fmt::format("HTTP/1.1 200 OK\r\n{}Content-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                    "retry: 500\n\n",
                    headers_),
        event_id(request.last_event_id));
  }
  if (request.path == "/report") {
    if (!has_report_.load()) return answer_text(connection, "404 Not Found", "The run goes on.");
    return connection.answer(head_of("200 OK", kHtml, report_.size),
                             {.text = {}, .file = report_.descriptor, .file_size = report_.size});
  }
  answer_text(connection, "404 Not Found", "There is nothing here: the page is at /.");
}

void WebServer::remove_finished(std::uint64_t now_ns) {
  using State = Connection::State;
  std::erase_if(connections_, [&](Connection& connection) {
    const std::uint64_t idle_ns = now_ns - std::min(now_ns, connection.last_progress_ns());
    last_progress_ns_ = std::max(last_progress_ns_, connection.last_progress_ns());
    switch (connection.state()) {
      case State::kReading:
        return idle_ns > kRequestPatienceNs;
      case State::kAnswering:
        return idle_ns > kSlowestNs;
      case State::kStreaming:
        if (connection.wants_to_write()) return idle_ns > kSlowestNs;
        if (idle_ns > kHeartbeatNs) {
          connection.send_heartbeat();
          connection.write(events_, now_ns);
        }
        return false;
      case State::kDone:
        if (connection.has_sent_file()) ++served_;
        return true;
    }
    return true;
  });
}

// A browser that has the report closes its stream; so does one that goes.
bool WebServer::is_over(std::uint64_t now_ns) {
  using State = Connection::State;
  const auto count = [&](State state) { return std::ranges::count(connections_, state, &Connection::state); };
  if (ended_ns_ == 0) {
    ended_ns_ = last_progress_ns_ = now_ns;
    audience_ = static_cast<std::size_t>(count(State::kStreaming));
  }
  if (patience_.until_interrupted) return false;
  const std::uint64_t idle_ns = now_ns - std::min(now_ns, last_progress_ns_);
  const bool somebody_is_coming = pages_ > streams_;
  const bool nobody_is_here = count(State::kStreaming) == 0 && count(State::kAnswering) == 0;
  if (nobody_is_here && !somebody_is_coming) {
    return audience_ + served_ != 0 || now_ns - ended_ns_ >= nanoseconds(patience_.for_first_browser);
  }
  if (nobody_is_here) return idle_ns >= kFirstEventsNs;
  gave_up_ = idle_ns >= nanoseconds(patience_.without_progress);
  return gave_up_;
}

}  // namespace gilscope::app
