#include "app/compare/child_process.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/compare/process_tree.h"

namespace gilscope::app {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kBetweenSamples{20};
constexpr int kSampleCostDivisor = 20;          // looking takes at most this part of a core
constexpr milliseconds kOrphansPatience{5000};  // for helpers of multiprocessing that end after their parent
constexpr milliseconds kForEver{1 << 30};

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&set, number);
  return set;
}

std::uint64_t cpu_ns(const rusage& usage) {
  const auto ns = [](const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u +
           static_cast<std::uint64_t>(time.tv_usec) * 1'000u;
  };
  return ns(usage.ru_utime) + ns(usage.ru_stime);
}

void die(const char* what) {
  dprintf(STDERR_FILENO, "%s: %s\n", what, std::strerror(errno));
  _exit(127);
}

[[noreturn]] void become(const ChildProgram& program, char* const* arguments, char* const* environment,
                         const sigset_t& mask, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing < 0) die("/dev/null");
  dup2(nothing, STDIN_FILENO);
  if (nothing > STDERR_FILENO) close(nothing);
  if (!program.log.empty()) {
    const int log = open(program.log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (log < 0) die(program.log.c_str());
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    if (log > STDERR_FILENO) close(log);
  }
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  execve(arguments[0], arguments, environment);
  die(arguments[0]);
  _exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

std::vector<std::string> environment_with(const std::vector<std::string>& added) {
  std::vector<std::string> environment = added;
  const auto name_of = [](const std::string& entry) { return entry.substr(0, entry.find('=') + 1); };
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string kept = *entry;
    if (std::ranges::none_of(added, [&](const std::string& one) { return name_of(one) == name_of(kept); })) {
      environment.push_back(kept);
    }
  }
  return environment;
}

pid_t start(const ChildProgram& program, const SignalWatch& signals) {
  std::vector<std::string> arguments = program.arguments;
  std::vector<std::string> environment = environment_with(program.environment);
  const std::vector<char*> argument_list = pointers(arguments);
  const std::vector<char*> environment_list = pointers(environment);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "no process could be started");
  if (child == 0) {
    become(program, argument_list.data(), environment_list.data(), signals.mask_before(), parent);
  }
  setpgid(child, child);  // whoever of the two comes first
  return child;
}

// Its descendants, while it runs and after.
class Family {
 public:
  explicit Family(pid_t first) : first_(first) {}

  // Nothing while `first` lives.
  std::optional<int> reap() {
    rusage usage;
    int status = 0;
    for (pid_t gone; (gone = wait4(-1, &status, WNOHANG, &usage)) > 0;) {
      if (gone == first_) {
        first_status_ = status;
        first_peak_ = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
      } else {
        orphans_cpu_ns_ += cpu_ns(usage);
      }
    }
    is_gone_ = gone_is_all_();
    return first_status_;
  }

  bool is_gone() const { return is_gone_; }

  // The kernel itself keeps the peak of one process.
  void sample_memory() {
    const std::vector<pid_t> all = descendants_of(getpid());
    if (all.size() > 1) sampled_peak_ = std::max(sampled_peak_, memory_of(all));
  }

  void kill_all() const {
    kill(-first_, SIGKILL);
    for (const pid_t one : descendants_of(getpid())) kill(one, SIGKILL);
  }

  std::uint64_t peak_bytes() const { return std::max(first_peak_, sampled_peak_); }
  std::uint64_t orphans_cpu_ns() const { return orphans_cpu_ns_; }

 private:
  static bool gone_is_all_() {
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
  }

  pid_t first_;
  std::optional<int> first_status_;
  bool is_gone_ = false;
  std::uint64_t first_peak_ = 0;
  std::uint64_t sampled_peak_ = 0;
  std::uint64_t orphans_cpu_ns_ = 0;
};

milliseconds until(Clock::time_point moment) {
  return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(moment - Clock::now()));
}

// Until all are gone; after `patience` they are ended.
void bury(Family& family, milliseconds patience, SignalWatch& signals) {
  const Clock::time_point deadline = Clock::now() + patience;
  while (family.reap(), !family.is_gone()) {
    if (Clock::now() >= deadline) family.kill_all();
    signals.wait(Clock::now() >= deadline ? kBetweenSamples : until(deadline));
  }
}

}  // namespace

SignalWatch::SignalWatch() {
  const sigset_t watched = watched_signals();
  sigprocmask(SIG_BLOCK, &watched, &before_);
  descriptor_ = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "signals cannot be watched");
  prctl(PR_SET_CHILD_SUBREAPER, 1);
}

SignalWatch::~SignalWatch() {
  read_signals();
  close(descriptor_);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

void SignalWatch::read_signals() noexcept {
  signalfd_siginfo info;
  while (read(descriptor_, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo != SIGCHLD && ended_by_ == 0) ended_by_ = static_cast<int>(info.ssi_signo);
  }
}

int SignalWatch::ended_by() noexcept {
  read_signals();
  return ended_by_;
}

void SignalWatch::wait(milliseconds patience) noexcept {
  pollfd waited{descriptor_, POLLIN, 0};
  if (poll(&waited, 1, static_cast<int>(std::min(patience, kForEver).count())) > 0) read_signals();
}

bool SignalWatch::wait_for_input(int descriptor) noexcept {
  pollfd waited[] = {{descriptor_, POLLIN, 0}, {descriptor, POLLIN, 0}};
  if (poll(waited, 2, -1) <= 0) return false;
  read_signals();
  return waited[1].revents != 0;
}

ProcessEnd run_child(const ChildProgram& program, milliseconds timeout, SignalWatch& signals) {
  Family family(start(program, signals));
  const Clock::time_point deadline = Clock::now() + (timeout.count() > 0 ? timeout : kForEver);
  Clock::time_point next_sample = Clock::now() + kBetweenSamples;
  ProcessEnd end;
  std::optional<int> status;
  while (!(status = family.reap())) {
    const Clock::time_point now = Clock::now();
    if (signals.ended_by() != 0 || now >= deadline) {
      end.how = now >= deadline ? ProcessEnd::How::kTimedOut : ProcessEnd::How::kInterrupted;
      bury(family, milliseconds{0}, signals);
      return end;
    }
    if (now >= next_sample) {
      family.sample_memory();
      if (program.while_running) program.while_running();
      const Clock::duration took = Clock::now() - now;
      next_sample = Clock::now() + std::max<Clock::duration>(kBetweenSamples, took * kSampleCostDivisor);
    }
    signals.wait(until(std::min(next_sample, deadline)));
  }
  bury(family, kOrphansPatience, signals);
  end.how = WIFSIGNALED(*status) ? ProcessEnd::How::kSignalled : ProcessEnd::How::kExited;
  end.status = WIFSIGNALED(*status) ? WTERMSIG(*status) : WEXITSTATUS(*status);
  end.peak_bytes = family.peak_bytes();
  end.orphans_cpu_ns = family.orphans_cpu_ns();
  return end;
}

}  // namespace gilscope::app
