// libcairo, loaded when the first picture is drawn and not at the start of every program: it brings a dozen
// libraries with it, some of which a script may have of its own. Thread rule: any thread.
#pragma once

#include <cairo-pdf.h>
#include <cairo.h>

namespace gilscope::app {

#define GILSCOPE_CAIRO_FUNCTIONS(X) \
  X(create)                         \
  X(destroy)                        \
  X(fill)                           \
  X(image_surface_create)           \
  X(line_to)                        \
  X(move_to)                        \
  X(pattern_create_for_surface)     \
  X(pattern_destroy)                \
  X(pattern_set_extend)             \
  X(pdf_surface_create_for_stream)  \
  X(pdf_surface_set_metadata)       \
  X(recording_surface_create)       \
  X(rectangle)                      \
  X(select_font_face)               \
  X(set_font_size)                  \
  X(set_line_width)                 \
  X(set_source)                     \
  X(set_source_rgb)                 \
  X(show_page)                      \
  X(show_text)                      \
  X(status)                         \
  X(status_to_string)               \
  X(stroke)                         \
  X(surface_destroy)                \
  X(surface_finish)                 \
  X(surface_status)                 \
  X(surface_write_to_png_stream)    \
  X(text_extents)

/// Its functions, by their names without `cairo_`.
struct CairoLibrary {
#define GILSCOPE_CAIRO_MEMBER(name) decltype(&::cairo_##name) name = nullptr;
  GILSCOPE_CAIRO_FUNCTIONS(GILSCOPE_CAIRO_MEMBER)
#undef GILSCOPE_CAIRO_MEMBER
};

/// Throws UserError when the library is not there.
const CairoLibrary& cairo_library();

}  // namespace gilscope::app
