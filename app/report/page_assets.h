// The page's own style and script, put into the program when it is built (app/page/embed_page.cmake), and
// their SHA-256 as a Content-Security-Policy names them. Constants.
#pragma once

#include <string_view>

namespace gilscope::app {

extern const std::string_view kPageStyle;
extern const std::string_view kPageStyleHash;  ///< as 'sha256-...'
extern const std::string_view kPageScript;
extern const std::string_view kPageScriptHash;

}  // namespace gilscope::app
