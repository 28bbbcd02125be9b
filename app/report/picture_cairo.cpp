#include "app/report/picture_cairo.h"

#include <ctime>

#include <fmt/format.h>

#include "app/report/cairo_library.h"
#include "app/user_error.h"

namespace gilscope::app {

namespace {

struct DestroySurface {
  void operator()(cairo_surface_t* surface) const { cairo_library().surface_destroy(surface); }
};
using Surface = std::unique_ptr<cairo_surface_t, DestroySurface>;
struct DestroyContext {
  void operator()(cairo_t* context) const { cairo_library().destroy(context); }
};
using Context = std::unique_ptr<cairo_t, DestroyContext>;
struct DestroyPattern {
  void operator()(cairo_pattern_t* pattern) const { cairo_library().pattern_destroy(pattern); }
};
using Pattern = std::unique_ptr<cairo_pattern_t, DestroyPattern>;

void check(cairo_status_t status) {
  // What cannot be written the stream's owner sees.
  if (status == CAIRO_STATUS_SUCCESS || status == CAIRO_STATUS_WRITE_ERROR) return;
  throw UserError(
      fmt::format("Cairo cannot draw the picture: {}; is there a font ('fc-list' shows them; on "
                  "Debian and Ubuntu 'apt install fonts-dejavu-core')?",
                  cairo_library().status_to_string(status)));
}

cairo_status_t write_bytes(void* out, const unsigned char* bytes, unsigned int count) {
  auto& stream = *static_cast<std::ostream*>(out);
  stream.write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(count));
  return stream.good() ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

double part(Colour colour, int shift) { return static_cast<double>(colour >> shift & 0xff) / 255; }

void set_colour(cairo_t* context, Colour colour) {
  cairo_library().set_source_rgb(context, part(colour, 16), part(colour, 8), part(colour, 0));
}

void set_font(cairo_t* context, Font font) {
  const CairoLibrary& cairo = cairo_library();
  cairo.select_font_face(context, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                         font.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo.set_font_size(context, font.size);
}

double width_of(cairo_t* context, std::string_view text, Font font) {
  set_font(context, font);
  cairo_text_extents_t extents;
  cairo_library().text_extents(context, std::string(text).c_str(), &extents);
  check(cairo_library().status(context));
  return extents.x_advance;
}

// A square of stripes that continue from one to the next. In a PDF it stays lines.
Pattern hatching(Colour colour, bool as_lines) {
  constexpr double kSide = 8;
  const CairoLibrary& cairo = cairo_library();
  const cairo_rectangle_t square{0, 0, kSide, kSide};
  const Surface surface(as_lines ? cairo.recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, &square)
                                 : cairo.image_surface_create(CAIRO_FORMAT_ARGB32, static_cast<int>(kSide),
                                                              static_cast<int>(kSide)));
  {
    const Context context(cairo.create(surface.get()));
    set_colour(context.get(), colour);
    cairo.set_line_width(context.get(), 3.2);
    for (const double shift : {-kSide, 0.0, kSide}) {
      cairo.move_to(context.get(), shift - kSide, 2 * kSide);
      cairo.line_to(context.get(), shift + 2 * kSide, -kSide);
    }
    cairo.stroke(context.get());
    check(cairo.status(context.get()));
  }
  Pattern pattern(cairo.pattern_create_for_surface(surface.get()));
  cairo.pattern_set_extend(pattern.get(), CAIRO_EXTEND_REPEAT);
  return pattern;
}

void draw(const Scene& scene, cairo_surface_t* surface, bool as_lines) {
  const CairoLibrary& cairo = cairo_library();
  const Context owner(cairo.create(surface));
  cairo_t* const context = owner.get();
  set_colour(context, colours::kPaper);
  cairo.rectangle(context, 0, 0, kPageWidth, kPageHeight);
  cairo.fill(context);
  // Neighbours of one look are one path.
  for (std::size_t i = 0; i < scene.boxes.size();) {
    const Box& first = scene.boxes[i];
    for (;
         i < scene.boxes.size() && scene.boxes[i].colour == first.colour && scene.boxes[i].fill == first.fill;
         ++i) {
      const Box& box = scene.boxes[i];
      cairo.rectangle(context, box.x, box.y, box.width, box.height);
    }
    if (first.fill == Fill::kHatched) {
      const Pattern pattern = hatching(first.colour, as_lines);
      cairo.set_source(context, pattern.get());
      cairo.fill(context);
    } else {
      set_colour(context, first.colour);
      cairo.fill(context);
    }
  }
  for (const Label& label : scene.labels) {
    double x = label.x;
    if (label.align != Align::kLeft) {
      const double width = width_of(context, label.text, label.font);
      x -= label.align == Align::kRight ? width : width / 2;
    }
    set_font(context, label.font);
    set_colour(context, label.colour);
    cairo.move_to(context, x, label.y);
    cairo.show_text(context, label.text.c_str());
  }
  cairo.show_page(context);
  check(cairo.status(context));
}

}  // namespace

Measure cairo_measure() {
  const CairoLibrary& cairo = cairo_library();
  const Surface surface(cairo.image_surface_create(CAIRO_FORMAT_A8, 1, 1));
  const std::shared_ptr<cairo_t> context(cairo.create(surface.get()), DestroyContext{});
  return [context](std::string_view text, Font font) { return width_of(context.get(), text, font); };
}

void write_png(const Scene& scene, std::ostream& out) {
  const CairoLibrary& cairo = cairo_library();
  const Surface surface(cairo.image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(kPageWidth),
                                                   static_cast<int>(kPageHeight)));
  draw(scene, surface.get(), false);
  check(cairo.surface_write_to_png_stream(surface.get(), write_bytes, &out));
}

void write_pdf(const Scene& scene, const std::string& title, std::uint64_t created_unix_ns,
               std::ostream& out) {
  const CairoLibrary& cairo = cairo_library();
  const Surface surface(cairo.pdf_surface_create_for_stream(write_bytes, &out, kPageWidth, kPageHeight));
  const std::time_t created = static_cast<std::time_t>(created_unix_ns / 1'000'000'000u);
  std::tm date;
  gmtime_r(&created, &date);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &date);
  cairo.pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATE_DATE, text);
  cairo.pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_TITLE, title.c_str());
  draw(scene, surface.get(), true);
  cairo.surface_finish(surface.get());
  check(cairo.surface_status(surface.get()));
}

}  // namespace gilscope::app
