#include "app/children/process_board.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/user_error.h"

namespace gilscope::app {

namespace {

constexpr std::uint64_t kMagic = 0x31305f736c696708;  // changes with the layout of the page

std::string board_of(const std::string& folder) { return folder + "/board"; }

}  // namespace

struct ProcessBoard::Page {
  std::uint64_t magic;
  std::int64_t root_id;
  std::uint64_t trace_limit;
  std::uint64_t locations;
  std::atomic<std::uint32_t> count;
  struct Entry {
    std::atomic<std::uint32_t> state;
    std::int32_t process_id;
    std::int32_t parent_id;
    std::int32_t exit_status;
    char note[sizeof BoardEntry::note];
  } entries[kMostProcesses];
};

ProcessBoard ProcessBoard::create(const std::string& folder, const BoardSettings& settings) {
  const auto fail = [&](int error) {
    throw UserError(fmt::format("cannot make the folder for the traces of the children '{}': {}", folder,
                                std::strerror(error)));
  };
  if (mkdir(folder.c_str(), 0700) != 0) {
    if (errno != EEXIST) fail(errno);
    // A run that was killed left it; the trace that it belongs to is being written anew.
    if (std::optional<ProcessBoard> left = open(folder)) left->remove();
    if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) fail(errno);
  }
  const int fd = ::open(board_of(folder).c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) fail(errno);
  // The room must be there: writing to a page that the disk cannot hold would kill the process.
  if (const int error = posix_fallocate(fd, 0, sizeof(Page)); error != 0) {
    close(fd);
    fail(error);
  }
  void* const memory = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  const int error = errno;
  close(fd);
  if (memory == MAP_FAILED) fail(error);
  Page* const page = new (memory) Page;
  page->root_id = settings.root_id;
  page->trace_limit = settings.trace_limit;
  page->locations = settings.locations ? 1 : 0;
  page->magic = kMagic;
  return ProcessBoard(folder, page);
}

std::optional<ProcessBoard> ProcessBoard::open(const std::string& folder) {
  const int fd = ::open(board_of(folder).c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  struct stat facts;
  const bool is_whole = fstat(fd, &facts) == 0 && facts.st_size == static_cast<off_t>(sizeof(Page));
  void* const memory =
      is_whole ? mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
  close(fd);
  if (memory == MAP_FAILED) return std::nullopt;
  auto* const page = static_cast<Page*>(memory);
  if (page->magic == kMagic) return ProcessBoard(folder, page);
  munmap(memory, sizeof(Page));
  return std::nullopt;
}

ProcessBoard::ProcessBoard(ProcessBoard&& other) noexcept
    : folder_(std::move(other.folder_)), page_(std::exchange(other.page_, nullptr)) {}

ProcessBoard::~ProcessBoard() {
  if (page_ != nullptr) munmap(page_, sizeof(Page));
}

BoardSettings ProcessBoard::settings() const noexcept {
  return {.root_id = page_->root_id, .trace_limit = page_->trace_limit, .locations = page_->locations != 0};
}

std::optional<std::uint32_t> ProcessBoard::add_this_process(pid_t parent) noexcept {
  const std::uint32_t number = page_->count.fetch_add(1);
  if (number >= kMostProcesses) return std::nullopt;
  page_->entries[number].process_id = getpid();
  page_->entries[number].parent_id = parent;
  return number;
}

void ProcessBoard::set(std::uint32_t number, BoardEntry::State state, int exit_status,
                       const std::string& why) noexcept {
  if (!why.empty()) name(number, why);
  page_->entries[number].exit_status = exit_status;
  page_->entries[number].state.store(static_cast<std::uint32_t>(state));
}

void ProcessBoard::name(std::uint32_t number, const std::string& name) noexcept {
  Page::Entry& entry = page_->entries[number];
  const std::size_t size = std::min(name.size(), sizeof entry.note - 1);
  std::memcpy(entry.note, name.data(), size);
  entry.note[size] = '\0';
}

std::uint32_t ProcessBoard::count() const noexcept { return page_->count.load(); }

std::vector<BoardEntry> ProcessBoard::entries() const {
  std::vector<BoardEntry> entries(std::min(count(), kMostProcesses));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Page::Entry& from = page_->entries[i];
    BoardEntry& to = entries[i];
    to.state = static_cast<BoardEntry::State>(from.state.load());
    to.process_id = from.process_id;
    to.parent_id = from.parent_id;
    to.exit_status = from.exit_status;
    std::memcpy(to.note, from.note, sizeof to.note);
    to.note[sizeof to.note - 1] = '\0';
  }
  return entries;
}

std::string ProcessBoard::trace_of(std::uint32_t number) const {
  return fmt::format("{}/{}.gil", folder_, number);
}

void ProcessBoard::remove() noexcept {
  try {
    const std::uint32_t last = std::min(count(), kMostProcesses);
    for (std::uint32_t i = 0; i < last; ++i) unlink(trace_of(i).c_str());
    unlink((folder_ + "/merged.gil").c_str());
    unlink(board_of(folder_).c_str());
    rmdir(folder_.c_str());
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace gilscope::app
