// Places as people read them.
#include "app/report/place_text.h"

#include <gtest/gtest.h>

namespace gilscope::app {
namespace {

TEST(PlaceText, FileLineAndFunction) {
  EXPECT_EQ(place_text({{"/home/me/a/very/long/path/to/app.py", 12, "Worker.run"}}, 40, false),
            "app.py:12 Worker.run");
  EXPECT_EQ(place_text({{"app.py", 3, "<module>"}}, 40, false), "app.py:3");
  EXPECT_EQ(place_text({{"<string>", 1, "<module>"}}, 40, false), "<string>:1");
  EXPECT_EQ(place_text({{"app.py", 0, "work"}}, 40, false), "app.py work");
  EXPECT_EQ(place_text({}, 40, false), "");
}

TEST(PlaceText, FoldersThatTellTwoFilesApartWhereThereIsRoom) {
  const std::string text = place_text({{"/srv/app/pool/worker.py", 12, "run"}}, 60, false);
  EXPECT_TRUE(text.ends_with("pool/worker.py:12 run")) << text;
}

TEST(PlaceText, APackageIsNamedByItsFolder) {
  EXPECT_EQ(place_text({{"/usr/lib/python3.11/json/__init__.py", 299, "loads"}}, 40, false),
            "json/__init__.py:299 loads");
  EXPECT_EQ(place_text({{"/__init__.py", 1, "f"}}, 40, false), "/__init__.py:1 f");
}

TEST(PlaceText, NeverWiderThanAsked) {
  const PlaceReport place = {{"/a/" + std::string(60, 'f') + ".py", 1234567, std::string(80, 'g')}};
  for (const std::size_t columns : {16u, 30u, 80u}) {
    EXPECT_LE(place_text(place, columns, true).size(), columns);
  }
}

TEST(PlaceText, LastCaller) {
  EXPECT_EQ(caller_text({{"a.py", 1, "f"}, {"re.py", 1, "match"}, {"app.py", 30, "main"}}, 40, false),
            "from app.py:30 main");
  EXPECT_EQ(caller_text({{"app.py", 30, "main"}}, 40, false), "");
}

}  // namespace
}  // namespace gilscope::app
