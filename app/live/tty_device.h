// A terminal, opened anew: its size, its keys one by one, its modes put back. Not for what is drawn.
// Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <termios.h>

namespace gilscope::app {

struct TtySize {
  std::size_t rows = 24;
  std::size_t columns = 80;
  bool operator==(const TtySize&) const = default;
};

class TtyDevice {
 public:
  /// The terminal that `descriptor` is, as a file of its own: what is set on it concerns nobody else's.
  /// Nothing when it is no terminal, or cannot be opened.
  static std::optional<TtyDevice> open(int descriptor);
  TtyDevice(TtyDevice&& other) noexcept;
  TtyDevice& operator=(TtyDevice&&) = delete;
  /// Gives the modes back.
  ~TtyDevice();

  int descriptor() const noexcept { return descriptor_; }
  const termios& modes_before() const noexcept { return before_; }
  TtySize size() const noexcept;
  /// Whether this process may draw and read keys: no other job has the terminal.
  bool is_ours() const noexcept;

  /// Keys come at once, and are not shown; those that send signals still do.
  void take_keys() noexcept;
  void give_keys_back() noexcept;
  bool has_keys() const noexcept { return has_keys_; }

  /// What was typed; empty: nothing.
  std::string read() noexcept;
  /// Waits until all is written; false: the terminal is gone.
  bool write(std::string_view bytes) noexcept;

 private:
  TtyDevice(int descriptor, const termios& before) : descriptor_(descriptor), before_(before) {}

  int descriptor_;
  termios before_;
  bool has_keys_ = false;
};

}  // namespace gilscope::app
