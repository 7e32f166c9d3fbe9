#include <csetjmp>
#include <cstdio>
//
#include <jpeglib.h>
//
#include <jerror.h>

#include "unidg/core/log.h"
#include "unidg/image/formats/decode.h"

namespace unidg::formats {
namespace {

/// libjpeg's error manager, ours to the end of `base`: fatal errors jump back, warnings are kept.
struct Errors {
  jpeg_error_mgr base;
  std::jmp_buf back;
  char fatal[JMSG_LENGTH_MAX];
  char damage[JMSG_LENGTH_MAX];  ///< first warning that means wrong pixels
  char other[JMSG_LENGTH_MAX];   ///< first warning of another kind
};

Errors& errors_of(j_common_ptr jpeg) { return *reinterpret_cast<Errors*>(jpeg->err); }

[[noreturn]] void on_error(j_common_ptr jpeg) {
  auto& errors = errors_of(jpeg);
  errors.base.format_message(jpeg, errors.fatal);
  std::longjmp(errors.back, 1);
}

/// Warnings behind which pixels are lost: libjpeg fills them with grey or with guesses.
bool means_lost_pixels(int code) {
  return code == JWRN_HIT_MARKER || code == JWRN_JPEG_EOF || code == JWRN_HUFF_BAD_CODE ||
         code == JWRN_MUST_RESYNC || code == JWRN_ARITH_BAD_CODE || code == JWRN_BOGUS_PROGRESSION;
}

void on_message(j_common_ptr jpeg, int level) {
  if (level >= 0) return;  // traces
  auto& errors = errors_of(jpeg);
  char* kept = means_lost_pixels(errors.base.msg_code) ? errors.damage : errors.other;
  if (*kept == '\0') errors.base.format_message(jpeg, kept);
}

/// Only plain data lives in this frame: `longjmp` may leave it. False when libjpeg gave up.
bool read_rows(jpeg_decompress_struct& jpeg, Errors& errors, std::string_view content, cv::Mat& out) {
  if (setjmp(errors.back) != 0) return false;
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(content.data()), content.size());
  jpeg_read_header(&jpeg, TRUE);
  jpeg.out_color_space = jpeg.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_start_decompress(&jpeg);
  out.create(static_cast<int>(jpeg.output_height), static_cast<int>(jpeg.output_width),
             CV_8UC(jpeg.output_components));
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = out.ptr<std::uint8_t>(static_cast<int>(jpeg.output_scanline));
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
  return true;
}

struct Jpeg : jpeg_decompress_struct {
  Jpeg() : jpeg_decompress_struct{} {}
  Jpeg(const Jpeg&) = delete;
  Jpeg& operator=(const Jpeg&) = delete;
  ~Jpeg() { jpeg_destroy_decompress(this); }
};

}  // namespace

cv::Mat decode_jpeg(const Bytes& file) {
  Errors errors{};
  Jpeg jpeg;
  jpeg.err = jpeg_std_error(&errors.base);
  errors.base.error_exit = on_error;
  errors.base.emit_message = on_message;
  cv::Mat out;
  const bool is_read = read_rows(jpeg, errors, file.slice(0, file.size()), out);
  const char* reason = is_read ? errors.damage : errors.fatal;
  if (*reason != '\0')
    throw InputError(file.where(), ": the JPEG data cannot be decoded (", reason,
                     "). The file is damaged or cut short; export or copy it again.");
  if (*errors.other != '\0') log_warning(file.where(), ": ", errors.other, " (the picture was read)");
  return out;
}

}  // namespace unidg::formats
