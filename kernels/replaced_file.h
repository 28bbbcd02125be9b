// A file being written that takes its name only when it is whole. Not for appending, nor for surviving a
// power cut. Thread rule: one thread at a time; several may each replace the same file, and the last to
// commit wins.
#pragma once

#include <cstdio>
#include <string>

namespace gilscope::kernels {

/// Writes go to a new file in the same directory, which commit() renames over the old one; the old one's
/// permissions are kept, and a symbolic link goes on pointing at it. What is there and is no regular file (a
/// device, a pipe) is written to directly.
class ReplacedFile {
 public:
  ReplacedFile() noexcept = default;
  ReplacedFile(const ReplacedFile&) = delete;
  ReplacedFile& operator=(const ReplacedFile&) = delete;
  /// Without commit(): removes what was written.
  ~ReplacedFile();

  /// 0, or the errno that says why `path` cannot be written. Once per object.
  int open(const std::string& path);

  /// Where to write; null before open().
  std::FILE* stream() const noexcept { return stream_; }

  /// Writes out what is buffered and gives the file its name. 0, or the errno: then nothing has changed.
  int commit() noexcept;

 private:
  int open_directly(const char* path) noexcept;
  int open_beside(const std::string& path);

  std::FILE* stream_ = nullptr;
  std::string final_path_;
  std::string temporary_path_;  // empty: written directly
};

}  // namespace gilscope::kernels
