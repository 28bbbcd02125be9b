#include "app/trace_file/trace_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/timeline/timeline_feed.h"
#include "app/trace_file/crc32c.h"
#include "app/trace_file/trace_decoder.h"
#include "app/trace_file/wire.h"
#include "app/user_error.h"

namespace gilscope::app {

namespace {

class FileSource final : public ByteSource {
 public:
  explicit FileSource(int fd) : fd_(fd) {
    struct stat facts;
    if (fstat(fd, &facts) == 0 && facts.st_size > 0) size_ = static_cast<std::uint64_t>(facts.st_size);
  }
  ~FileSource() override { close(fd_); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  std::uint64_t size() const override { return size_; }
  std::size_t read(std::uint64_t offset, std::span<std::uint8_t> bytes) const override {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t count =
          pread(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

 private:
  int fd_;
  std::uint64_t size_ = 0;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  std::size_t read(std::uint64_t offset, std::span<std::uint8_t> bytes) const override {
    const auto begin = static_cast<std::size_t>(std::min<std::uint64_t>(offset, bytes_.size()));
    const std::size_t count = std::min(bytes.size(), bytes_.size() - begin);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(begin), count, bytes.begin());
    return count;
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

std::unique_ptr<const ByteSource> open_file(const std::string& path) {
  // A pipe that nobody writes to would block.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) throw UserError(fmt::format("cannot open the trace '{}': {}", path, std::strerror(errno)));
  struct stat facts;
  if (fstat(fd, &facts) == 0 && !S_ISREG(facts.st_mode)) {
    close(fd);
    throw UserError(
        fmt::format("cannot read the trace '{}': it is {}; name a file that gilscope run -o wrote", path,
                    S_ISDIR(facts.st_mode) ? "a folder" : "no file"));
  }
  return std::make_unique<FileSource>(fd);
}

}  // namespace

TraceReader TraceReader::open(const std::string& path) { return TraceReader(open_file(path), path); }

TraceReader TraceReader::open(const std::string& path, std::optional<Report>& report) {
  return TraceReader(open_file(path), path, &report);
}

TraceReader TraceReader::of_descriptor(int descriptor, const std::string& name) {
  const int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw UserError(fmt::format("cannot read {}: {}", name, std::strerror(errno)));
  return TraceReader(std::make_unique<FileSource>(copy), name);
}

TraceReader TraceReader::of_bytes(std::span<const std::uint8_t> bytes, const std::string& name) {
  return TraceReader(std::make_unique<MemorySource>(bytes), name);
}

TraceReader::TraceReader(std::unique_ptr<const ByteSource> source, std::string name,
                         std::optional<Report>* report)
    : source_(std::move(source)), name_(std::move(name)) {
  check_header();
  auto hand_overs = std::make_unique<HandOvers>();
  Timeline timeline(hand_overs.get());
  TimelineFeed feed(timeline);
  const bool is_whole = read_facts(report != nullptr ? &feed : nullptr);
  if (!is_whole || report == nullptr) return;
  *report = timeline.snapshot(facts_);
  hand_overs_ = std::move(hand_overs);
}

void TraceReader::check_header() const {
  std::uint8_t bytes[kTraceHeaderSize];
  const std::size_t size = source_->read(0, bytes);
  if (size == 0) {
    throw UserError(
        fmt::format("'{}' is empty: its run ended before it began to record; record it again", name_));
  }
  const std::size_t magic = std::min(size, kTraceMagic.size());
  if (!std::equal(kTraceMagic.begin(), kTraceMagic.begin() + static_cast<std::ptrdiff_t>(magic), bytes)) {
    throw UserError(fmt::format("'{}' is no gilscope trace; name a file that gilscope run -o wrote", name_));
  }
  ByteReader header(std::span(bytes, size).subspan(magic));
  const auto major = header.fixed<std::uint16_t>();
  const auto minor = header.fixed<std::uint16_t>();
  const auto checksum = header.fixed<std::uint32_t>();
  if (header.failed() || checksum != crc32c(std::span(bytes).first(kTraceHeaderSize - 4))) {
    throw UserError(fmt::format("'{}' is damaged: its header is not whole; record it again", name_));
  }
  if (major > kTraceMajor) {
    throw UserError(
        fmt::format("'{}' has format {}.{}, which is newer than what this gilscope reads ({}.{}); "
                    "read it with the gilscope that wrote it, or a newer one",
                    name_, major, minor, kTraceMajor, kTraceMinorWithProcesses));
  }
}

// `first` gets the records up to where they can be read. True: these are all.
bool TraceReader::read_facts(probe::TurnSink* first) {
  using Step = BlockCursor::Step;
  std::string ends_early = "the run was killed, or is still going on";
  std::uint64_t readable = source_->size();
  // Once to see how far it can be read, and up to there again: what is told behind the last checkpoint does
  // not agree with anything.
  for (bool is_certain = false;; is_certain = true) {
    TraceDecoder decoder(is_certain ? nullptr : first);
    BlockCursor cursor(*source_, readable);
    std::uint64_t last_checkpoint = 0;
    bool ended = false;
    bool understood = true;
    Step step = Step::kEnd;
    while (!ended && (step = cursor.step()) == Step::kBlock) {
      understood = decoder.block(cursor.type(), cursor.payload());
      if (!understood) break;
      ended = cursor.type() == BlockType::kEnd;
      if (ended || cursor.type() == BlockType::kCheckpoint) last_checkpoint = cursor.end();
    }
    if (ended || is_certain) {
      facts_ = decoder.facts();
      end_ = readable = ended ? cursor.end() : readable;
      if (!ended) {
        facts_.run.ends_early = ends_early;
        facts_.run.still_running = true;
      }
      return ended && !is_certain;
    }
    if (step == Step::kDamaged || !understood) {
      ends_early = fmt::format("the file is damaged at byte {}", cursor.offset());
    } else if (step == Step::kCutOff) {
      ends_early = fmt::format("the run was killed, or the file is cut off at byte {}", cursor.offset());
    }
    if (last_checkpoint == 0) {
      throw UserError(
          fmt::format("'{}' holds nothing that can be read: {}; record it again", name_, ends_early));
    }
    readable = last_checkpoint;
  }
}

void TraceReader::replay(probe::TurnSink& sink) const {
  TraceDecoder decoder(&sink);
  BlockCursor cursor(*source_, end_);
  BlockCursor::Step step = cursor.step();
  for (; step == BlockCursor::Step::kBlock; step = cursor.step()) {
    if (!decoder.block(cursor.type(), cursor.payload())) break;
  }
  if (step != BlockCursor::Step::kEnd) {
    throw UserError(fmt::format("'{}' changed while it was read; read it again", name_));
  }
}

}  // namespace gilscope::app
