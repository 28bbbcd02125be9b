#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <utility>

#include "kernels/png_fault.h"

namespace gilscope::kernels {

namespace {

constexpr std::size_t kSignatureBytes = 8;

/// Fewer than asked for only at the end of the file, or with errno set.
std::size_t read_bytes(std::FILE* file, png_bytep out, std::size_t bytes) noexcept {
  std::size_t got = 0;
  errno = 0;
  while (got < bytes) {
    const std::size_t more = std::fread(out + got, 1, bytes - got, file);
    got += more;
    if (more != 0) continue;
    if (std::ferror(file) == 0 || errno != EINTR) break;
    std::clearerr(file);
    errno = 0;
  }
  return got;
}

class PngReader {
 public:
  explicit PngReader(const std::string& path) : path_(path) {}
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  ~PngReader() {
    png_destroy_read_struct(&png_, &info_, nullptr);
    if (file_ != nullptr) std::fclose(file_);
  }

  PngError read(Image& image) {
    file_ = std::fopen(path_.c_str(), "rbe");
    if (file_ == nullptr) return system_error("read", path_, errno);
    png_byte signature[kSignatureBytes];
    const std::size_t got = read_bytes(file_, signature, kSignatureBytes);
    if (std::ferror(file_) != 0) return system_error("read", path_, errno);
    if (got < kSignatureBytes || png_sig_cmp(signature, 0, kSignatureBytes) != 0) {
      return error(PngErrorKind::kFormat, "not a PNG file");
    }
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &fault_, PngFault::raise, PngFault::ignore_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) return error(PngErrorKind::kOutOfMemory, "out of memory");

    const bool header_read = read_header();
    // Also of a file that ends, or is broken, after it has told its size.
    const std::uint64_t width = png_get_image_width(png_, info_), height = png_get_image_height(png_, info_);
    if (width * height > kMaxPngPixels) {
      return error(PngErrorKind::kTooLarge, std::to_string(width) + " x " + std::to_string(height) +
                                                " pixels; at most " + std::to_string(kMaxPngPixels) +
                                                " are read");
    }
    if (!header_read || !ask_for_8_bits()) return fault();

    Image pixels = Image::allocate(width, height, png_get_channels(png_, info_));
    if (pixels.empty()) return error(PngErrorKind::kOutOfMemory, "out of memory for its pixels");
    if (!read_pixels(pixels.data(), png_get_rowbytes(png_, info_), height)) return fault();
    image = std::move(pixels);
    return {};
  }

 private:
  /// libpng's callback.
  static void read_data(png_structp png, png_bytep out, std::size_t bytes) {
    auto* reader = static_cast<PngReader*>(png_get_io_ptr(png));
    if (read_bytes(reader->file_, out, bytes) == bytes) return;
    if (std::ferror(reader->file_) != 0) reader->fault_.system_errno = errno;
    png_error(png, "the file ends too early");
  }

  bool read_header() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_read_fn(png_, this, read_data);
    png_set_sig_bytes(png_, kSignatureBytes);
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // ours is on their product
    png_read_info(png_, info_);
    return true;
  }

  bool ask_for_8_bits() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    if (png_get_color_type(png_, info_) == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png_);
    if (png_get_color_type(png_, info_) == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png_);
    if (png_get_valid(png_, info_, PNG_INFO_tRNS) != 0) png_set_tRNS_to_alpha(png_);
    png_set_scale_16(png_);
    passes_ = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }

  bool read_pixels(png_bytep pixels, std::size_t row_bytes, std::size_t height) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    for (int pass = 0; pass < passes_; ++pass) {
      for (std::size_t y = 0; y < height; ++y) png_read_row(png_, pixels + y * row_bytes, nullptr);
    }
    png_read_end(png_, nullptr);
    return true;
  }

  PngError error(PngErrorKind kind, const std::string& why) const {
    return plain_error(kind, "read", path_, why);
  }
  PngError fault() const {
    if (fault_.system_errno != 0) return system_error("read", path_, fault_.system_errno);
    return error(PngErrorKind::kFormat, fault_.text);
  }

  const std::string& path_;
  std::FILE* file_ = nullptr;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  int passes_ = 1;
  PngFault fault_;
};

}  // namespace

PngResult read_png(const std::string& path) {
  PngResult result;
  PngReader reader(path);
  result.error = reader.read(result.image);
  return result;
}

}  // namespace gilscope::kernels
