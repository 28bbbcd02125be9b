// How libpng tells us that it cannot go on: one line of text, and a longjmp back into the function that set
// the jump. Not for system errors: those keep their errno. Private to png_read.cpp and png_write.cpp. Thread
// rule: one fault per libpng struct, as libpng itself.
//
// A longjmp runs no destructors. So the functions that call setjmp, and those that libpng calls back, have no
// locals but trivial ones; all that owns something is a member of the object they belong to.
#pragma once

#include <cstring>
#include <string>
#include <system_error>

#include <png.h>

#include "kernels/png.h"

namespace gilscope::kernels {

struct PngFault {
  char text[160] = "";
  int system_errno = 0;  ///< not 0: the file could not be read or written, and this is why

  /// For png_create_*_struct, with the fault as error_ptr.
  [[noreturn]] static void raise(png_structp png, png_const_charp message) {
    auto* fault = static_cast<PngFault*>(png_get_error_ptr(png));
    std::strncpy(fault->text, message, sizeof fault->text - 1);
    png_longjmp(png, 1);
  }
  static void ignore_warning(png_structp, png_const_charp) {}
};

/// `task` says what was tried: "read" or "write".
inline PngError system_error(const char* task, const std::string& path, int system_errno) {
  return {
      system_errno == ENOENT ? PngErrorKind::kNotFound : PngErrorKind::kSystem, system_errno,
      std::string("cannot ") + task + " '" + path + "': " + std::generic_category().message(system_errno)};
}

inline PngError plain_error(PngErrorKind kind, const char* task, const std::string& path,
                            const std::string& why) {
  return {kind, 0, std::string("cannot ") + task + " '" + path + "': " + why};
}

}  // namespace gilscope::kernels
