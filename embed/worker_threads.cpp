#include "embed/worker_threads.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "embed/gil.h"
#include "embed/interpreter.h"
#include "embed/interrupt.h"
#include "embed/probe/recorder.h"
#include "embed/py_error.h"

namespace gilscope::py {

namespace {

thread_local std::optional<ThreadPlace> this_place;

// Of the pipe that the main thread waits at; -1: it does not.
std::atomic<int> waits_at{-1};

// Two ends of a pipe that a signal handler or a thread wakes the main thread with.
class WakePipe {
 public:
  WakePipe() {
    if (pipe2(ends_, O_NONBLOCK | O_CLOEXEC) != 0)
      throw std::system_error(errno, std::generic_category(), "pipe2");
    for (int& end : ends_) move_off_standard_streams(end);
  }
  ~WakePipe() {
    close(ends_[0]);
    close(ends_[1]);
  }
  WakePipe(const WakePipe&) = delete;
  WakePipe& operator=(const WakePipe&) = delete;

  int write_end() const noexcept { return ends_[1]; }
  void wake() const noexcept { [[maybe_unused]] const ssize_t written = write(ends_[1], "", 1); }
  /// False: nothing came for `timeout_ms`.
  bool wait(int timeout_ms) const noexcept {
    pollfd entry{.fd = ends_[0], .events = POLLIN, .revents = 0};
    const int ready = poll(&entry, 1, timeout_ms);
    char drained[256];
    while (read(ends_[0], drained, sizeof drained) > 0) {
    }
    return ready != 0;
  }

 private:
  // Where one of them was closed, a new file gets its number, and the script's output would go there.
  static void move_off_standard_streams(int& end) {
    if (end > STDERR_FILENO) return;
    const int moved = fcntl(end, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (moved < 0) return;
    close(end);
    end = moved;
  }

  int ends_[2];
};

struct Worker {
  std::thread thread;
  std::atomic<unsigned long> python_id{0};  // 0 before it runs and after it has ended
  ScriptEnd end;
};

struct Crew {
  explicit Crew(int count) : workers(static_cast<std::size_t>(count)) {}

  std::vector<Worker> workers;
  std::mutex mutex;
  std::condition_variable changed;
  int ready = 0;
  enum class Signal { kWait, kGo, kGoHome } signal = Signal::kWait;
  std::atomic<int> running{0};
  WakePipe pipe;
};

// `threading` takes a thread that it has not met for a daemon: so would be every thread that it starts, and
// nobody would wait for those. GIL: held.
void introduce_to_threading(const std::string& name) {
  const PyRef threading = raise_if_null(PyImport_ImportModule("threading"));
  const PyRef self = raise_if_null(PyObject_CallMethod(threading.get(), "current_thread", nullptr));
  const PyRef text = raise_if_null(PyUnicode_FromString(name.c_str()));
  raise_if_negative(PyObject_SetAttrString(self.get(), "name", text.get()));
  raise_if_negative(PyObject_SetAttrString(self.get(), "_daemonic", Py_False));
}

// Else it would go on to list a thread that is no more. GIL: held.
void take_leave_of_threading() noexcept {
  const PyRef threading = PyRef::steal(PyImport_ImportModule("threading"));
  const PyRef active = threading ? PyRef::steal(PyObject_GetAttrString(threading.get(), "_active")) : PyRef();
  const PyRef id = PyRef::steal(PyLong_FromUnsignedLong(PyThread_get_thread_ident()));
  if (active && id) PyObject_DelItem(active.get(), id.get());
  PyErr_Clear();
}

void work(Crew& crew, int index, PyInterpreterState* interpreter, const std::function<void(int)>& body) {
  Worker& worker = crew.workers[static_cast<std::size_t>(index)];
  this_place = ThreadPlace{index, static_cast<int>(crew.workers.size())};
  const std::string name = "worker-" + std::to_string(index);
  pthread_setname_np(pthread_self(), name.c_str());
  {
    std::unique_lock lock(crew.mutex);
    ++crew.ready;
    crew.changed.notify_all();
    crew.changed.wait(lock, [&] { return crew.signal != Crew::Signal::kWait; });
    if (crew.signal == Crew::Signal::kGoHome) return;
  }
  const pid_t process = getpid();
  probe::recorder::attach_this_thread();
  probe::recorder::name_this_thread(name);
  {
    const AttachedThread attached(interpreter);
    if (!attached) {
      worker.end = {1, false};
    } else {
      worker.python_id.store(PyThread_get_thread_ident());
      try {
        introduce_to_threading(name);
        body(index);
      } catch (PyError& error) {
        error.restore();
        worker.end = end_of_error(name.c_str());
      }
      worker.python_id.store(0);
      take_leave_of_threading();
      if (getpid() != process) end_forked_child(worker.end.exit_status);  // it forked, and has no crew
    }
  }
  crew.running.fetch_sub(1);
  crew.pipe.wake();
}

void send_home(Crew& crew) {
  {
    const std::lock_guard lock(crew.mutex);
    crew.signal = Crew::Signal::kGoHome;
  }
  crew.changed.notify_all();
  for (Worker& worker : crew.workers) {
    if (worker.thread.joinable()) worker.thread.join();
  }
}

void start(Crew& crew, PyInterpreterState* interpreter, const std::function<void(int)>& body) {
  const int count = static_cast<int>(crew.workers.size());
  for (int i = 0; i < count; ++i) {
    try {
      crew.workers[static_cast<std::size_t>(i)].thread =
          std::thread([&crew, i, interpreter, &body] { work(crew, i, interpreter, body); });
    } catch (const std::system_error& error) {
      send_home(crew);
      throw ThreadStartError("only " + std::to_string(i) + " of " + std::to_string(count) +
                             " threads could be started (" + error.code().message() +
                             "); ask for fewer with -t, or raise the limit (ulimit -u)");
    }
  }
  std::unique_lock lock(crew.mutex);
  crew.changed.wait(lock, [&] { return crew.ready == count; });
  crew.running.store(count);
  crew.signal = Crew::Signal::kGo;
  lock.unlock();
  crew.changed.notify_all();
}

// Python's signal handlers write a byte to this file; returns the one that was set before. GIL: held.
int set_wakeup_fd(int fd) {
  const PyRef module = raise_if_null(PyImport_ImportModule("_signal"));
  const PyRef function = raise_if_null(PyObject_GetAttrString(module.get(), "set_wakeup_fd"));
  const PyRef arguments = raise_if_null(Py_BuildValue("(i)", fd));
  const PyRef keywords = raise_if_null(Py_BuildValue("{s:O}", "warn_on_full_buffer", Py_False));
  const PyRef before = raise_if_null(PyObject_Call(function.get(), arguments.get(), keywords.get()));
  return static_cast<int>(PyLong_AsLong(before.get()));
}

// Runs Python's signal handlers and pending calls; true when one raised, as SIGINT's does. GIL: held.
bool handlers_raised(ScriptEnd& end) {
  if (PyErr_CheckSignals() == 0 && Py_MakePendingCalls() == 0) return false;
  PyError error = PyError::fetch();
  const bool interrupted = error.matches(PyExc_KeyboardInterrupt);
  error.restore();
  if (interrupted) {
    PyErr_Clear();
    end = {130, true};
  } else {
    end = end_of_error("main");
  }
  return true;
}

void interrupt_all(Crew& crew) {
  request_interrupt();
  interrupt_ends_program();
  for (Worker& worker : crew.workers) {
    if (const unsigned long id = worker.python_id.load(); id != 0) {
      PyThreadState_SetAsyncExc(id, PyExc_KeyboardInterrupt);
    }
  }
}

// Waits for the workers. A script's signal handler that raises ends them all.
ScriptEnd wait_for(Crew& crew) {
  constexpr int kPatienceMs = 1'000;
  ScriptEnd end;
  bool stopping = false;
  bool told = false;
  while (crew.running.load() > 0) {
    bool woken = false;
    {
      const GilReleased released;
      woken = crew.pipe.wait(stopping && !told ? kPatienceMs : -1);
    }
    if (!woken && stopping && !told) {
      PySys_WriteStderr(
          "gilscope: %d threads have not ended yet (a thread that sleeps or waits cannot be "
          "interrupted); Ctrl-C again ends at once\n",
          crew.running.load());
      told = true;
    }
    if (!stopping && handlers_raised(end)) {
      stopping = true;
      interrupt_all(crew);
    }
  }
  return end;
}

}  // namespace

std::optional<ThreadPlace> worker_place() noexcept { return this_place; }

void wake_main_thread() noexcept {
  if (const int end = waits_at.load(); end >= 0) [[maybe_unused]]
    const ssize_t written = write(end, "", 1);
}

ScriptEnd run_on_threads(int count, const std::function<void(int index)>& body) {
  // `threading` takes the thread that first imports it for the main thread.
  raise_if_null(PyImport_ImportModule("threading"));
  Crew crew(count);
  PyInterpreterState* const interpreter = PyInterpreterState_Get();
  const int wakeup_before = set_wakeup_fd(crew.pipe.write_end());
  interrupt_stops_all(true);
  {
    const GilReleased released;
    start(crew, interpreter, body);
  }
  waits_at.store(crew.pipe.write_end());
  ScriptEnd end = wait_for(crew);
  waits_at.store(-1);
  interrupt_stops_all(false);
  set_wakeup_fd(wakeup_before);
  {
    const GilReleased released;
    for (Worker& worker : crew.workers) worker.thread.join();
  }
  if (end.exit_status != 0) return end;
  for (const Worker& worker : crew.workers) {
    if (worker.end.exit_status == 1) return worker.end;
  }
  for (const Worker& worker : crew.workers) {
    if (worker.end.exit_status != 0) return worker.end;
  }
  return end;
}

}  // namespace gilscope::py
