#include <cerrno>
#include <csetjmp>

#include "kernels/png_fault.h"
#include "kernels/replaced_file.h"

namespace gilscope::kernels {

namespace {

class PngWriter {
 public:
  PngWriter(const std::string& path, ConstImageView image) : path_(path), image_(image) {}
  PngWriter(const PngWriter&) = delete;
  PngWriter& operator=(const PngWriter&) = delete;
  ~PngWriter() { png_destroy_write_struct(&png_, &info_); }

  PngError write() {
    if (const PngError refused = check(); refused.failed()) return refused;
    if (const int why = file_.open(path_); why != 0) return system_error("write", path_, why);
    png_ = png_create_write_struct(PNG_LIBPNG_VER_STRING, &fault_, PngFault::raise, PngFault::ignore_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) return error(PngErrorKind::kOutOfMemory, "out of memory");
    if (!write_all()) {
      if (fault_.system_errno != 0) return system_error("write", path_, fault_.system_errno);
      return error(PngErrorKind::kFormat, fault_.text);
    }
    if (const int why = file_.commit(); why != 0) return system_error("write", path_, why);
    return {};
  }

 private:
  PngError check() const {
    const std::string shape = std::to_string(image_.width) + " x " + std::to_string(image_.height) +
                              " pixels of " + std::to_string(image_.channels) + " channels";
    if (image_.width == 0 || image_.height == 0) {
      return error(PngErrorKind::kFormat, shape + "; a PNG has at least one pixel");
    }
    if (image_.channels < 1 || image_.channels > 4) {
      return error(PngErrorKind::kFormat, shape + "; a PNG has 1 to 4 channels");
    }
    if (image_.width > kMaxPngPixels / image_.height) {
      return error(PngErrorKind::kTooLarge,
                   shape + "; at most " + std::to_string(kMaxPngPixels) + " are written");
    }
    return {};
  }

  /// libpng's callbacks.
  static void write_data(png_structp png, png_bytep data, std::size_t bytes) {
    auto* writer = static_cast<PngWriter*>(png_get_io_ptr(png));
    if (std::fwrite(data, 1, bytes, writer->file_.stream()) == bytes) return;
    writer->fault_.system_errno = errno;
    png_error(png, "the file cannot be written");
  }
  static void flush_data(png_structp) {}  // the file's own buffer is written out when it is closed

  int color_type() const noexcept {
    switch (image_.channels) {
      case 1:
        return PNG_COLOR_TYPE_GRAY;
      case 2:
        return PNG_COLOR_TYPE_GRAY_ALPHA;
      case 3:
        return PNG_COLOR_TYPE_RGB;
      default:
        return PNG_COLOR_TYPE_RGB_ALPHA;
    }
  }

  bool write_all() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_write_fn(png_, this, write_data, flush_data);
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // ours is on their product
    png_set_IHDR(png_, info_, static_cast<png_uint_32>(image_.width), static_cast<png_uint_32>(image_.height),
                 8, color_type(), PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png_, info_);
    for (std::size_t y = 0; y < image_.height; ++y) png_write_row(png_, image_.row(y));
    png_write_end(png_, info_);
    return true;
  }

  PngError error(PngErrorKind kind, const std::string& why) const {
    return plain_error(kind, "write", path_, why);
  }

  const std::string& path_;
  const ConstImageView image_;
  ReplacedFile file_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  PngFault fault_;
};

}  // namespace

PngError write_png(const std::string& path, ConstImageView image) { return PngWriter(path, image).write(); }

}  // namespace gilscope::kernels
