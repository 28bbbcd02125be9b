// The Python files of app/compare, put into the program when it is built (embed_driver.cmake). Constants.
#pragma once

#include <span>
#include <string_view>

namespace gilscope::app {

struct DriverFile {
  std::string_view name;
  std::string_view text;
};
std::span<const DriverFile> driver_files();

}  // namespace gilscope::app
