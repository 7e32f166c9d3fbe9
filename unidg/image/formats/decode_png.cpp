#include <png.h>

#include <bit>
#include <csetjmp>
#include <cstring>
#include <new>
#include <vector>

#include "unidg/core/log.h"
#include "unidg/image/formats/decode.h"

namespace unidg::formats {
namespace {

/// What libpng reads from and writes its messages to.
struct Reading {
  std::string_view rest;
  char error[256], warning[256];
};

void keep(char (&kept)[256], const char* message) {
  if (*kept == '\0') std::strncpy(kept, message, sizeof kept - 1);
}

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  keep(static_cast<Reading*>(png_get_error_ptr(png))->error, message);
  png_longjmp(png, 1);
}

void on_warning(png_structp png, png_const_charp message) {
  keep(static_cast<Reading*>(png_get_error_ptr(png))->warning, message);
}

void on_read(png_structp png, png_bytep to, std::size_t count) {
  auto& rest = static_cast<Reading*>(png_get_io_ptr(png))->rest;
  if (rest.size() < count) png_error(png, "the file ends early");
  std::memcpy(to, rest.data(), count);
  rest.remove_prefix(count);
}

struct Png {
  explicit Png(Reading& reading)
      : png(png_create_read_struct(PNG_LIBPNG_VER_STRING, &reading, on_error, on_warning)),
        info(png != nullptr ? png_create_info_struct(png) : nullptr) {
    if (info == nullptr) throw std::bad_alloc();
    png_set_read_fn(png, &reading, on_read);
  }
  Png(const Png&) = delete;
  Png& operator=(const Png&) = delete;
  ~Png() { png_destroy_read_struct(&png, &info, nullptr); }

  png_structp png;
  png_infop info;
};

/// Every kind of PNG as gray8, gray16, RGB8, RGBA8 or RGB16 of this machine's byte order.
void ask_for_plain_samples(png_structp png, png_infop info) {
  png_set_expand(png);  // palettes, less than 8 bits, transparency
  if (png_get_color_type(png, info) == PNG_COLOR_TYPE_GRAY_ALPHA) png_set_gray_to_rgb(png);
  if constexpr (std::endian::native == std::endian::little) png_set_swap(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
}

/// Only plain data lives in this frame: `longjmp` may leave it. False when libpng gave up.
bool read_rows(png_structp png, png_infop info, cv::Mat& out, std::vector<png_bytep>& rows) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // our own limits were checked before
  png_read_info(png, info);
  ask_for_plain_samples(png, info);
  const int depth = png_get_bit_depth(png, info) == 16 ? CV_16U : CV_8U;
  out.create(static_cast<int>(png_get_image_height(png, info)),
             static_cast<int>(png_get_image_width(png, info)),
             CV_MAKETYPE(depth, png_get_channels(png, info)));
  rows.resize(static_cast<std::size_t>(out.rows));
  for (int y = 0; y < out.rows; ++y) rows[static_cast<std::size_t>(y)] = out.ptr<std::uint8_t>(y);
  png_read_image(png, rows.data());
  png_read_end(png, nullptr);
  return true;
}

}  // namespace

cv::Mat decode_png(const Bytes& file) {
  Reading reading{file.slice(0, file.size()), {}, {}};
  Png png(reading);
  cv::Mat out;
  std::vector<png_bytep> rows;
  if (!read_rows(png.png, png.info, out, rows))
    throw InputError(file.where(), ": the PNG data cannot be decoded (", reading.error,
                     "). The file is damaged; export it again.");
  if (*reading.warning != '\0') log_warning(file.where(), ": ", reading.warning, " (the picture was read)");
  return out;
}

}  // namespace unidg::formats
