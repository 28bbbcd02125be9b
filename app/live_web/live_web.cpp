#include "app/live_web/live_web.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/live_web/live_page.h"
#include "app/live_web/open_browser.h"
#include "app/user_error.h"

namespace gilscope::app {

namespace {

using std::chrono::milliseconds;

// Some minutes of a contended run, or some seconds of one that does nothing but take the GIL.
constexpr std::size_t kMostRecordBytes = 64 << 20;

// A browser that is started takes a while until it asks for the page.
constexpr milliseconds kBrowserStart{10'000};

// A file without a name.
class ReportText {
 public:
  ReportText() : file_(std::tmpfile()) {
    if (file_ == nullptr) throw UserError("cannot make a temporary file for the live page's report");
  }
  ~ReportText() { std::fclose(file_); }
  ReportText(const ReportText&) = delete;
  ReportText& operator=(const ReportText&) = delete;

  void write(const Report& report, const Trace* trace) {
    std::ofstream out(fmt::format("/proc/self/fd/{}", fileno(file_)), std::ios::binary);
    write_final_page(report, trace, out);
    out.close();
    if (!out) throw UserError("the live page's report could not be written: is the disk full?");
  }
  ReportFile served() const {
    struct stat status;
    if (fstat(fileno(file_), &status) != 0) return {};
    return {fileno(file_), static_cast<std::uint64_t>(status.st_size)};
  }

 private:
  std::FILE* file_;
};

}  // namespace

LiveWeb::LiveWeb(const LiveWebOptions& options)
    : options_(options),
      events_(kMostRecordBytes),
      feed_(events_),
      server_(options.port, events_, live_page()) {}

void LiveWeb::start() {
  server_.start();
  fmt::print(stderr, "gilscope: live at {}\n", server_.access().address());
  std::fflush(stderr);
  if (!options_.open) return;
  if (const std::string failure = open_browser(server_.access().address_for_one_visit()); !failure.empty()) {
    fmt::print(stderr, "gilscope: no browser could be opened ({}); open the address above\n", failure);
    options_.open = false;  // nobody to wait for
  }
}

void LiveWeb::finish(const Report& report, const Trace* trace, bool hurry) {
  ReportText text;
  text.write(report, trace);
  server_.offer(text.served());
  feed_.end(report);
  WebServer::Patience patience;
  if (options_.open && !hurry) patience.for_first_browser = kBrowserStart;
  patience.until_interrupted = options_.stay && !hurry;
  if (patience.until_interrupted) {
    fmt::print(stderr, "gilscope: the report stays at {} until Ctrl-C\n", server_.access().address());
  }
  switch (server_.wait_for_browsers(patience)) {
    case WebServer::Farewell::kNobodyCame:
      fmt::print(stderr, "gilscope: no browser came to the live page; --stay keeps it after the run\n");
      break;
    case WebServer::Farewell::kGaveUp:
      fmt::print(stderr, "gilscope: a browser has not fetched the report in time\n");
      break;
    case WebServer::Farewell::kAllServed:
    case WebServer::Farewell::kInterrupted:
      break;
  }
}

}  // namespace gilscope::app
