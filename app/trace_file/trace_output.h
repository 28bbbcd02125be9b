// The file that a trace is written to while the run goes on: grows by whole pieces, or not at all. Keeps
// within its limit, and keeps room for the end on a disk that fills up. Not for what is in the pieces. Thread
// rule: one thread at a time; opening throws, writing does not.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace gilscope::app {

class TraceOutput {
 public:
  /// The file at `path`, empty from now on. At most `limit` bytes will be written. Throws UserError when it
  /// cannot be written, is no file, or is being written by another run.
  static TraceOutput create(const std::string& path, std::uint64_t limit);
  /// A file without a name, which goes away with the process. Throws UserError.
  static TraceOutput temporary(std::uint64_t limit);

  TraceOutput(TraceOutput&& other) noexcept;
  TraceOutput& operator=(TraceOutput&&) = delete;
  ~TraceOutput();

  /// Appends all of `bytes`, or nothing: then it is false from now on, and failure() says why. `reserve`
  /// bytes must be left behind them, for append_last().
  bool append(std::span<const std::uint8_t> bytes, std::uint64_t reserve) noexcept;
  /// Appends what append() left room for, also after it has failed; and ends the writing.
  bool append_last(std::span<const std::uint8_t> bytes) noexcept;

  /// The descriptor's number is a high one from now on, where that can be: scripts may count on the low ones.
  void leave_low_numbers() noexcept;
  /// In a forked child: closes the descriptor, and leaves the file to the parent.
  void abandon() noexcept;

  /// Why append() failed: a clause. Empty: it has not.
  const std::string& failure() const noexcept { return failure_; }
  std::uint64_t size() const noexcept { return size_; }
  /// To read from; the file stays this one's.
  int descriptor() const noexcept { return fd_; }

 private:
  TraceOutput(int fd, std::uint64_t limit) noexcept;
  bool is_there() noexcept;
  bool make_room(std::uint64_t end) noexcept;
  int write_whole(std::span<const std::uint8_t> bytes) noexcept;

  int fd_;
  std::uint64_t device_ = 0;  // and number: of the file behind fd_, as long as nobody closes it
  std::uint64_t number_ = 0;
  std::uint64_t limit_;
  std::string limit_reason_;
  std::uint64_t size_ = 0;
  std::uint64_t allocated_ = 0;  // bytes that the disk has promised
  bool can_allocate_ = true;
  std::string failure_;
};

/// A number of bytes as a person writes it: 500MB, 2GiB, 100k, 4096. Throws UserError, which names `option`.
std::uint64_t parse_size(const std::string& text, const std::string& option);
/// As a person reads it: 1 GiB, 500 MB.
std::string size_text(std::uint64_t bytes);

}  // namespace gilscope::app
