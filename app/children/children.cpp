#include "app/children/children.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <limits>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/session.h"
#include "app/trace_file/trace_merge.h"
#include "app/user_error.h"

namespace gilscope::app {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::int64_t>::max() / 2;

std::string folder_beside(const std::string& trace_file) { return trace_file + ".children"; }

// What a link names: the file itself is replaced at the end.
std::string without_links(const std::string& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  return error ? path : real.string();
}

std::string temporary_folder() {
  const char* const folder = std::getenv("TMPDIR");
  std::string path = folder != nullptr && *folder != '\0' ? folder : "/tmp";
  path += "/gilscope-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) {
    throw UserError(fmt::format("cannot make a temporary folder '{}': {}; set TMPDIR to a folder with room",
                                path, std::strerror(errno)));
  }
  return path;
}

bool is_being_written(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool is_locked = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close(fd);
  return is_locked;
}

// What the board tells of the children, in the order in which they began.
void add_children(const ProcessBoard& board, std::vector<MergePart>& parts,
                  std::vector<UntracedProcess>& untraced) {
  using State = BoardEntry::State;
  const std::vector<BoardEntry> entries = board.entries();
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    const BoardEntry& entry = entries[i];
    if (entry.state == State::kNotTraced || entry.state == State::kNone) {
      untraced.push_back({entry.process_id, entry.state == State::kNone ? "it ended before it could be traced"
                                                                        : std::string(entry.note)});
      continue;
    }
    MergePart& part = parts.emplace_back();
    part.path = board.trace_of(i);
    part.process.process_id = entry.process_id;
    part.process.parent_id = entry.parent_id;
    part.process.name = entry.note;
    part.process.exit_status = entry.exit_status;
    part.process.how = entry.state == State::kReplaced ? ProcessFacts::End::kReplaced
                       : is_being_written(part.path)   ? ProcessFacts::End::kRunning
                                                       : ProcessFacts::End::kKilled;
  }
  for (std::uint32_t more = ProcessBoard::kMostProcesses; more < board.count(); ++more) {
    untraced.push_back({0, fmt::format("it came after {} others", ProcessBoard::kMostProcesses)});
  }
}

MergePart first_part(const ProcessBoard& board, const std::string& path, int descriptor,
                     ProcessFacts::End how = ProcessFacts::End::kKilled) {
  MergePart part{.path = path, .descriptor = descriptor, .process = {}};
  part.process.process_id = board.settings().root_id;
  part.process.how = how;  // unless its trace has an end
  return part;
}

// The file that a trace is written to, in place of the one there.
void replace(const std::string& merged, const std::string& trace_file) {
  struct stat facts;
  if (stat(trace_file.c_str(), &facts) == 0) chmod(merged.c_str(), facts.st_mode & 07777);
  if (rename(merged.c_str(), trace_file.c_str()) != 0) {
    throw UserError(fmt::format("cannot write '{}': {}", trace_file, std::strerror(errno)));
  }
}

}  // namespace

Children::Children(const std::string& trace_file, const BoardSettings& settings)
    : trace_file_(trace_file.empty() ? "" : without_links(trace_file)),
      board_(ProcessBoard::create(trace_file.empty() ? temporary_folder() : folder_beside(trace_file_),
                                  settings)) {}

std::optional<TraceReader> Children::gather(const Session& session) {
  const bool is_replaced = session.final_facts() != nullptr && !session.final_facts()->run.ends_early.empty();
  std::vector<MergePart> parts = {
      first_part(board_, "the run's trace", session.kept_in()->descriptor(),
                 is_replaced ? ProcessFacts::End::kReplaced : ProcessFacts::End::kKilled)};
  std::vector<UntracedProcess> untraced;
  add_children(board_, parts, untraced);
  const std::string merged = board_.folder() + "/merged.gil";
  std::string failure;
  try {
    MergeResult result = merge_traces(parts, std::move(untraced), TraceOutput::create(merged, kNoLimit));
    failure = result.failure;
    if (result.trace) {
      if (!trace_file_.empty()) replace(merged, trace_file_);
      board_.remove();
      return std::move(result.trace);
    }
  } catch (const UserError& error) {
    failure = error.what();
  }
  unlink(merged.c_str());
  if (trace_file_.empty()) {
    std::fprintf(stderr, "gilscope: the children are left out: %s\n", failure.c_str());
    board_.remove();
  } else {
    std::fprintf(stderr,
                 "gilscope: the children are left out: %s; their traces are in '%s', and "
                 "gilscope report '%s' takes them in\n",
                 failure.c_str(), board_.folder().c_str(), trace_file_.c_str());
  }
  return std::nullopt;
}

TraceReader open_run(const std::string& file, std::optional<Report>& report) {
  const std::string real = without_links(file);
  std::optional<ProcessBoard> board = ProcessBoard::open(folder_beside(real));
  if (!board) return TraceReader::open(file, report);
  const TraceReader first = TraceReader::open(file);
  if (!first.facts().processes.empty() || first.facts().run.process_id != board->settings().root_id) {
    return TraceReader::open(file, report);  // the folder is an earlier run's
  }
  std::vector<MergePart> parts = {first_part(*board, file, -1)};
  std::vector<UntracedProcess> untraced;
  add_children(*board, parts, untraced);
  MergeResult result = merge_traces(parts, std::move(untraced), TraceOutput::temporary(kNoLimit));
  if (!result.trace)
    throw UserError(fmt::format("cannot merge the traces of '{}': {}", file, result.failure));
  return std::move(*result.trace);
}

}  // namespace gilscope::app
