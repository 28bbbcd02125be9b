#include <cerrno>
#include <csignal>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernels/png.h"
#include "tests/kernels/kernel_cases.h"
#include "tests/kernels/png_fixture.h"

namespace gilscope::kernels {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PngWrite : public TestWithDirectory {
 protected:
  const std::vector<std::uint8_t> pixels = random_bytes(300 * 200 * 3);  // noise: 180 kB also when compressed
  const ConstImageView image = packed(pixels, 300, 200, 3);

  void expect_written(const std::string& file) {
    const PngResult result = read_png(file);
    ASSERT_TRUE(result.ok()) << result.error.message;
    EXPECT_TRUE(std::equal(pixels.begin(), pixels.end(), result.image.data()));
  }
};

mode_t mode_of(const std::string& file) {
  struct stat there {};
  EXPECT_EQ(stat(file.c_str(), &there), 0);
  return there.st_mode & 07777;
}

TEST_F(PngWrite, WritesRowsWithGapsBetweenThem) {
  const ConstImageView left{pixels.data(), 100, 200, 3, 900};
  ASSERT_FALSE(write_png(path("a.png"), left).failed());
  const PngResult result = read_png(path("a.png"));
  ASSERT_TRUE(result.ok());
  for (std::size_t y = 0; y < 200; ++y) {
    EXPECT_TRUE(std::equal(left.row(y), left.row(y) + 300, result.image.data() + y * 300));
  }
}

TEST_F(PngWrite, LeavesOneFileWithTheUsualPermissions) {
  const mode_t old_mask = umask(027);
  EXPECT_FALSE(write_png(path("a.png"), image).failed());
  umask(old_mask);
  EXPECT_THAT(names(), ElementsAre("a.png"));
  EXPECT_EQ(mode_of(path("a.png")), 0640u);
}

TEST_F(PngWrite, ReplacesAFileAndKeepsItsPermissions) {
  write_file(path("a.png"), "old");
  ASSERT_EQ(chmod(path("a.png").c_str(), 0604), 0);
  ASSERT_FALSE(write_png(path("a.png"), image).failed());
  expect_written(path("a.png"));
  EXPECT_EQ(mode_of(path("a.png")), 0604u);
  EXPECT_THAT(names(), ElementsAre("a.png"));
}

TEST_F(PngWrite, ReplacesWhatALinkPointsAt) {
  write_file(path("a.png"), "old");
  ASSERT_EQ(symlink("a.png", path("link.png").c_str()), 0);
  ASSERT_FALSE(write_png(path("link.png"), image).failed());
  expect_written(path("a.png"));
  struct stat link {};
  ASSERT_EQ(lstat(path("link.png").c_str(), &link), 0);
  EXPECT_TRUE(S_ISLNK(link.st_mode));
}

TEST_F(PngWrite, WritesToTheCurrentDirectory) {
  ASSERT_EQ(chdir(path("").c_str()), 0);
  ASSERT_FALSE(write_png("a.png", image).failed());
  EXPECT_THAT(names(), ElementsAre("a.png"));
  ASSERT_EQ(chdir("/"), 0);
}

TEST_F(PngWrite, SaysThatADirectoryIsMissing) {
  const PngError error = write_png(path("none/a.png"), image);
  EXPECT_EQ(error.kind, PngErrorKind::kNotFound);
  EXPECT_EQ(error.system_errno, ENOENT);
  EXPECT_EQ(error.message, "cannot write '" + path("none/a.png") + "': No such file or directory");
  EXPECT_EQ(write_png("", image).kind, PngErrorKind::kNotFound);
}

TEST_F(PngWrite, SaysThatADirectoryIsNoFile) {
  const PngError error = write_png(path(""), image);
  EXPECT_EQ(error.kind, PngErrorKind::kSystem);
  EXPECT_EQ(error.system_errno, EISDIR);
}

TEST_F(PngWrite, SaysThatTheDiskIsFull) {
  const PngError error = write_png("/dev/full", image);
  EXPECT_EQ(error.kind, PngErrorKind::kSystem);
  EXPECT_EQ(error.system_errno, ENOSPC);
  EXPECT_THAT(error.message, HasSubstr("No space left on device"));
  const std::uint8_t one_pixel = 0;  // small enough for the buffer: fails only when that is written out
  EXPECT_EQ(write_png("/dev/full", {&one_pixel, 1, 1, 1, 1}).system_errno, ENOSPC);
  struct stat there {};
  ASSERT_EQ(stat("/dev/full", &there), 0);
  EXPECT_TRUE(S_ISCHR(there.st_mode));  // still the device
}

TEST_F(PngWrite, LeavesTheOldFileWhenItFailsHalfWay) {
  write_file(path("a.png"), "old");
  signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  getrlimit(RLIMIT_FSIZE, &old_limit);
  rlimit limit = old_limit;
  limit.rlim_cur = 50'000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  const PngError replaced = write_png(path("a.png"), image);
  const PngError created = write_png(path("b.png"), image);
  setrlimit(RLIMIT_FSIZE, &old_limit);
  EXPECT_EQ(replaced.system_errno, EFBIG);
  EXPECT_EQ(created.system_errno, EFBIG);
  EXPECT_EQ(read_file(path("a.png")), "old");
  EXPECT_THAT(names(), ElementsAre("a.png"));
}

TEST_F(PngWrite, RespectsAFileThatIsWriteProtected) {
  write_file(path("a.png"), "old");
  ASSERT_EQ(chmod(path("a.png").c_str(), 0444), 0);
  const uid_t user = geteuid();
  if (user == 0) {  // who may write to any file: be somebody else, in a directory that is theirs
    constexpr uid_t kNobody = 65534;
    ASSERT_EQ(chown(path("").c_str(), kNobody, kNobody), 0);
    ASSERT_EQ(seteuid(kNobody), 0);
  }
  const PngError error = write_png(path("a.png"), image);
  ASSERT_EQ(seteuid(user), 0);
  EXPECT_EQ(error.system_errno, EACCES);
  EXPECT_EQ(read_file(path("a.png")), "old");
}

TEST_F(PngWrite, WritesIntoAPipe) {
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  std::string got;
  std::jthread reader([&] { got = read_file(path("pipe")); });
  const PngError error = write_png(path("pipe"), image);
  reader.join();
  EXPECT_FALSE(error.failed()) << error.message;
  write_file(path("copy.png"), got);
  expect_written(path("copy.png"));
}

TEST_F(PngWrite, RefusesWhatAPngCannotHold) {
  const std::uint8_t byte = 0;
  EXPECT_EQ(write_png(path("a.png"), {&byte, 0, 5, 1, 0}).kind, PngErrorKind::kFormat);
  EXPECT_EQ(write_png(path("a.png"), {&byte, 5, 0, 1, 5}).kind, PngErrorKind::kFormat);
  EXPECT_EQ(write_png(path("a.png"), {&byte, 1, 1, 5, 5}).kind, PngErrorKind::kFormat);
  EXPECT_EQ(write_png(path("a.png"), {&byte, 100'000, 100'000, 1, 0}).kind, PngErrorKind::kTooLarge);
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(PngWrite, LeavesAWholeFileWhenManyWriteTheSame) {
  std::vector<std::jthread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&] { EXPECT_FALSE(write_png(path("a.png"), image).failed()); });
  }
  writers.clear();  // joins
  expect_written(path("a.png"));
  EXPECT_THAT(names(), ElementsAre("a.png"));
}

}  // namespace
}  // namespace gilscope::kernels
