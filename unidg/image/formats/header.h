#pragma once
#include "unidg/image/formats/bytes.h"

namespace unidg::formats {

enum class FileFormat { Png, Jpeg, Bmp, Tiff, WebP };
const char* name(FileFormat format);

/// What a picture file says about itself before anything is decoded.
struct Header {
  FileFormat format = FileFormat::Png;
  std::int64_t width = 0, height = 0;
  int orientation = 1;  ///< EXIF / TIFF tag 274: 1 upright ... 8 (TIFF: applied by the decoder, 1 here)
};

/// Recognises the format by content and reads the size. @throws InputError for a format we do not read (named
/// where it is known), an animation, CMYK, a sample type without a place in `PixelFormat`, or a header that
/// ends early.
Header read_header(const Bytes& file);

/// Walks the file's structure to its end, still without decoding. @throws InputError when it ends early or a
/// PNG chunk fails its checksum: the decoders would return a half-filled picture.
void check_whole(const Bytes& file, const Header& header);

// One pair per format; `read_header` and `check_whole` choose.
Header read_png_header(const Bytes& file);
Header read_jpeg_header(const Bytes& file);
Header read_bmp_header(const Bytes& file);
Header read_tiff_header(const Bytes& file);
Header read_webp_header(const Bytes& file);
void check_whole_png(const Bytes& file);
void check_whole_jpeg(const Bytes& file);
void check_whole_bmp(const Bytes& file);
void check_whole_tiff(const Bytes& file);
void check_whole_webp(const Bytes& file);

/// Orientation (tag 274) of a TIFF-structured EXIF block, or 1 where there is none or the block is damaged.
int exif_orientation(std::string_view exif);

}  // namespace unidg::formats
