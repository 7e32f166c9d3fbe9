#pragma once
#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace unidg {

/// How the samples of an image are stored. The colour order is always R, G, B(, A).
enum class PixelFormat { Gray8, Gray16, Rgb8, Rgba8, Rgb16 };

int channels(PixelFormat format);
int bit_depth(PixelFormat format);  ///< 8 or 16
const char* name(PixelFormat format);

/// A picture exactly as decoded: its size, channel count and bit depth are part of its value.
class Image {
 public:
  Image() = default;
  /// @param pixels CV_8UC1, CV_16UC1, CV_8UC3, CV_8UC4 or CV_16UC3 in R, G, B(, A) order; shared, not copied
  explicit Image(cv::Mat pixels);
  Image(int width, int height, PixelFormat format);

  int width() const { return pixels_.cols; }
  int height() const { return pixels_.rows; }
  bool is_empty() const { return pixels_.empty(); }
  PixelFormat format() const;
  const cv::Mat& pixels() const { return pixels_; }
  cv::Mat& pixels() { return pixels_; }
  Image clone() const { return Image(pixels_.clone()); }

  /// 8-bit RGB for the networks: gray is repeated, alpha dropped, 16 bit scaled by 1/257 with rounding.
  cv::Mat rgb8() const;
  /// True when the three colour channels agree everywhere (a grey scene stored as RGB counts as grey).
  bool is_grey() const;

 private:
  cv::Mat pixels_;
};

/// Byte equality of size, format and every sample.
bool operator==(const Image& a, const Image& b);

/// Where we paint: CV_8UC1, 0 or 255 (255 = paint / defect).
class Mask {
 public:
  Mask() = default;
  /// @param pixels CV_8UC1; any value above 127 becomes 255 (docs/choices.md 11)
  explicit Mask(const cv::Mat& pixels);
  Mask(int width, int height) : pixels_(cv::Mat::zeros(height, width, CV_8UC1)) {}

  int width() const { return pixels_.cols; }
  int height() const { return pixels_.rows; }
  const cv::Mat& pixels() const { return pixels_; }
  cv::Mat& pixels() { return pixels_; }
  bool is_empty() const { return area() == 0; }  ///< nothing to paint
  int area() const;                              ///< pixels that are set
  double area_ratio() const;                     ///< area / (width * height), in [0, 1]
  cv::Rect box() const;  ///< tight box, inclusive of the last row and column (docs/choices.md 6)
  Mask clone() const;

 private:
  cv::Mat pixels_;
};
bool operator==(const Mask& a, const Mask& b);

/// An image with the region that matters in it; same size.
struct MaskedImage {
  Image image;
  Mask mask;
};

/// Limits checked on the file's header before anything is decoded.
struct ImageLimits {
  std::int64_t max_pixels = 100'000'000;
  int max_side = 32768;
  std::int64_t max_bytes = 512LL << 20;
};

/// Reads PNG, JPEG, BMP, TIFF or WebP; EXIF orientation is applied; palette and 1-bit become gray8/RGB8.
/// @throws InputError naming the file and what is wrong with it: unreadable, truncated, animated, CMYK,
/// larger than the limits (checked before decoding), a format we do not read.
Image load_image(const std::filesystem::path& path, const ImageLimits& limits = {});

/// The same from a file's content in memory. @param where names the content in messages
Image decode_image(std::string_view content, const std::string& where, const ImageLimits& limits = {});

/// Reads a mask. Grey, or colour whose channels agree; 16 bit scaled. White = paint.
/// @throws InputError when the mask lives only in an alpha channel (or alpha and colours disagree), has
/// colours, holds class labels (largest value 1 ... 15), or is not nearly binary (more than 5 % of the pixels
/// between 16 and 239 of 255: "not binary").
Mask load_mask(const std::filesystem::path& path, const ImageLimits& limits = {});
/// The same from a decoded picture.
Mask mask_from_image(const Image& image, const std::string& where);

using PngTexts =
    std::vector<std::pair<std::string, std::string>>;  ///< keyword (1 to 79 ASCII characters), UTF-8 text

/// Lossless PNG, written whole or not at all. @param metadata becomes iTXt chunks
void save_png(const std::filesystem::path& path, const Image& image, const PngTexts& metadata = {});
void save_png(const std::filesystem::path& path, const Mask& mask, const PngTexts& metadata = {});
/// The bytes that `save_png` writes.
std::string encode_png(const Image& image, const PngTexts& metadata = {});
std::string encode_png(const Mask& mask, const PngTexts& metadata = {});
/// The tEXt, zTXt and iTXt texts of a PNG. @throws InputError for a file that is not a whole PNG or whose
/// texts inflate beyond 16 MiB
PngTexts read_png_texts(const std::filesystem::path& path);

}  // namespace unidg
