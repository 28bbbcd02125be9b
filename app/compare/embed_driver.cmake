# Makes a C++ file that holds Python files: cmake -DOUTPUT=F.cpp -DFILES=A.py,B.py -P this.
string(REPLACE "," ";" files "${FILES}")
set(entries "")
foreach(file IN LISTS files)
  cmake_path(GET file FILENAME name)
  file(READ "${file}" text)
  if("${text}" MATCHES "\\)__\"")
    message(FATAL_ERROR "${name} would end the literal that it stands in")
  endif()
  # A string literal may not be of any length everywhere, but its parts are joined.
  string(LENGTH "${text}" length)
  set(parts "")
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${text}" ${at} 8000 part)
    string(APPEND parts "\n     R\"__(${part})__\"")
    math(EXPR at "${at} + 8000")
  endwhile()
  string(APPEND entries "    {\"${name}\",${parts}},\n")
endforeach()
file(WRITE "${OUTPUT}" "// Made by app/compare/embed_driver.cmake.
#include \"app/compare/driver_files.h\"

namespace gilscope::app {

namespace {
constexpr DriverFile kFiles[] = {
${entries}};
}  // namespace

std::span<const DriverFile> driver_files() { return kFiles; }

}  // namespace gilscope::app
")
