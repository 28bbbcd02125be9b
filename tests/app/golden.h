// Golden files: a text that must be that of tests/app/golden/NAME. With GILSCOPE_NEW_GOLDEN in the
// environment the file is written anew instead, to be looked at and committed.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace gilscope::app {

inline void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(GILSCOPE_GOLDEN) + "/" + name;
  if (std::getenv("GILSCOPE_NEW_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path << " is not there; run with GILSCOPE_NEW_GOLDEN=1 to write it";
  std::ostringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(text, expected.str()) << "if this is wanted, run with GILSCOPE_NEW_GOLDEN=1 and look at " << path;
}

}  // namespace gilscope::app
