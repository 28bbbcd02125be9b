# Makes a C++ file that holds the page's style and script: cmake -DOUTPUT=F.cpp -DSTYLE=F.css -DSCRIPTS=F.js,G.js -P this.
# The scripts are ES modules, each in the order of the list after those that it imports. The page has them as one: one
# scope without `import` and `export`, so that a single hash in the page's Content-Security-Policy allows it.

# The base64 of a SHA-256 that is given in hexadecimal digits, as the policy wants it.
function(hash_source hex result)
  set(digits "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  set(text "")
  string(APPEND hex "00")  # to whole groups of three bytes
  foreach(at RANGE 0 65 6)
    string(SUBSTRING "${hex}" ${at} 6 three)
    math(EXPR number "0x${three}")
    foreach(shift IN ITEMS 18 12 6 0)
      math(EXPR digit "(${number} >> ${shift}) & 63")
      string(SUBSTRING "${digits}" ${digit} 1 character)
      string(APPEND text "${character}")
    endforeach()
  endforeach()
  string(SUBSTRING "${text}" 0 43 text)
  set(${result} "'sha256-${text}='" PARENT_SCOPE)
endfunction()

file(READ "${STYLE}" style)
set(script "'use strict';\n")
string(REPLACE "," ";" script_files "${SCRIPTS}")
foreach(file IN LISTS script_files)
  file(READ "${file}" source)
  string(REGEX REPLACE "(^|\n)import [^\n]*" "\\1" source "${source}")
  string(REGEX REPLACE "(^|\n)export " "\\1" source "${source}")
  string(APPEND script "${source}")
endforeach()
foreach(text IN ITEMS style script)
  if("${${text}}" MATCHES "</(script|style)|<!--")
    message(FATAL_ERROR "the page's ${text} would end the element that it stands in: write ${CMAKE_MATCH_0} in another way")
  endif()
  string(SHA256 hex "${${text}}")
  hash_source("${hex}" ${text}_hash)
endforeach()

# A string literal may not be of any length everywhere, but its parts are joined.
function(literal text result)
  set(parts "")
  string(LENGTH "${text}" length)
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${text}" ${at} 8000 part)
    string(APPEND parts "\n    R\"__(${part})__\"")
    math(EXPR at "${at} + 8000")
  endwhile()
  set(${result} "${parts}" PARENT_SCOPE)
endfunction()
literal("${style}" style_literal)
literal("${script}" script_literal)

file(WRITE "${OUTPUT}" "// Made by app/page/embed_page.cmake.
#include \"app/report/page_assets.h\"

namespace gilscope::app {

const std::string_view kPageStyle =${style_literal};
const std::string_view kPageStyleHash = \"${style_hash}\";
const std::string_view kPageScript =${script_literal};
const std::string_view kPageScriptHash = \"${script_hash}\";

}  // namespace gilscope::app
")
