// `run --live=web`: a page that shows the run while it goes on, and its full report when it has ended. Puts
// together the feed, the server and the browser, and says on standard error what a person must know. Thread
// rule: the main thread; finish() on whichever thread ends the run.
#pragma once

#include "app/live_web/event_stream.h"
#include "app/live_web/live_feed.h"
#include "app/live_web/live_web_options.h"
#include "app/live_web/web_server.h"
#include "app/report/report.h"
#include "app/trace_file/trace.h"

namespace gilscope::app {

class LiveWeb {
 public:
  /// Listens; answers nobody yet. Throws UserError.
  explicit LiveWeb(const LiveWebOptions& options);

  RunWatcher& watcher() noexcept { return feed_; }

  /// Begins to answer, says where, and opens the browser.
  void start();

  /// The run has ended: hands the report to every browser, and waits until they have it, but not for long.
  /// `trace` may be null where nothing was recorded. `hurry`: the process is dying of a signal.
  void finish(const Report& report, const Trace* trace, bool hurry);

 private:
  LiveWebOptions options_;
  EventStream events_;
  LiveFeed feed_;
  WebServer server_;
};

}  // namespace gilscope::app
