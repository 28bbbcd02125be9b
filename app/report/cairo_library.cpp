#include "app/report/cairo_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "app/user_error.h"

namespace gilscope::app {

namespace {

[[noreturn]] void fail() {
  const char* const why = dlerror();
  throw UserError(
      fmt::format("a picture needs the library Cairo ({}): install it, on Debian and Ubuntu with "
                  "'apt install libcairo2'",
                  why != nullptr ? why : "it is incomplete"));
}

CairoLibrary load() {
  void* const handle = dlopen(GILSCOPE_CAIRO_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) fail();
  CairoLibrary library;
  const auto find = [handle](auto& function, const char* name) {
    void* const symbol = dlsym(handle, name);
    if (symbol == nullptr) fail();
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(symbol);
  };
#define GILSCOPE_CAIRO_FIND(name) find(library.name, "cairo_" #name);
  GILSCOPE_CAIRO_FUNCTIONS(GILSCOPE_CAIRO_FIND)
#undef GILSCOPE_CAIRO_FIND
  return library;
}

}  // namespace

const CairoLibrary& cairo_library() {
  static const CairoLibrary library = load();
  return library;
}

}  // namespace gilscope::app
