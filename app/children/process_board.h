// Where the processes of one run find each other: a folder with a trace file for each child, and a page of
// memory that all of them share, on which each writes that it began and how it ended. Not for what is in the
// trace files. Thread rule: one thread at a time in each process; processes at any time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace gilscope::app {

/// What a process says of itself.
struct BoardEntry {
  enum class State : std::uint32_t {
    kNone,       ///< it has not said anything yet
    kRecording,  ///< or it was killed
    kEnded,
    kReplaced,  ///< it became another program, as far as is known
    kNotTraced,
  };
  State state = State::kNone;
  std::int32_t process_id = 0;
  std::int32_t parent_id = 0;
  std::int32_t exit_status = 0;
  char note[104] = {};  ///< why it is not traced, or its name
};

/// What all processes of the run go by.
struct BoardSettings {
  std::int64_t root_id = 0;
  std::uint64_t trace_limit = 0;
  bool locations = true;
};

class ProcessBoard {
 public:
  static constexpr std::uint32_t kMostProcesses = 4096;

  /// A new one in `folder`, which is made; what an earlier run left there goes away. Throws UserError.
  static ProcessBoard create(const std::string& folder, const BoardSettings& settings);
  /// That of another process; nothing if there is none, or none that this program understands.
  static std::optional<ProcessBoard> open(const std::string& folder);

  ProcessBoard(ProcessBoard&& other) noexcept;
  ProcessBoard& operator=(ProcessBoard&&) = delete;
  ~ProcessBoard();

  const std::string& folder() const noexcept { return folder_; }
  BoardSettings settings() const noexcept;

  /// The calling process is one more: its number, from 0; nothing when there are too many.
  std::optional<std::uint32_t> add_this_process(pid_t parent) noexcept;
  /// `why`: it is not traced.
  void set(std::uint32_t number, BoardEntry::State state, int exit_status,
           const std::string& why = {}) noexcept;
  void name(std::uint32_t number, const std::string& name) noexcept;

  /// All that were added, also those that found no room.
  std::uint32_t count() const noexcept;
  /// The first kMostProcesses of them.
  std::vector<BoardEntry> entries() const;
  std::string trace_of(std::uint32_t number) const;

  /// Removes the folder and what this program put there.
  void remove() noexcept;

 private:
  struct Page;
  ProcessBoard(std::string folder, Page* page) noexcept : folder_(std::move(folder)), page_(page) {}

  std::string folder_;
  Page* page_;
};

}  // namespace gilscope::app
