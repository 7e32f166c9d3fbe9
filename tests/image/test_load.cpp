#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "support/picture_bytes.h"
#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/image/image.h"

namespace unidg {
namespace {

using namespace unidg::testing;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// What `load_image` says about `bytes`; the file is always called picture.bin: the content decides.
std::string refusal(const std::string& bytes, const ImageLimits& limits = {}) {
  const TempFolder folder;
  try {
    load_image(folder.write("picture.bin", bytes), limits);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

Image load(const std::string& bytes) {
  const TempFolder folder;
  return load_image(folder.write("picture.bin", bytes));
}

TEST(LoadImage, KeepsEveryFormatExactly) {
  const TempFolder folder;
  for (const auto format :
       {PixelFormat::Gray8, PixelFormat::Gray16, PixelFormat::Rgb8, PixelFormat::Rgba8, PixelFormat::Rgb16}) {
    const auto image = noise(19, 13, format);
    const auto file = folder / text(name(format), ".png");
    save_png(file, image);
    EXPECT_EQ(load_image(file), image) << name(format);
  }
}

TEST(LoadImage, ReadsWhatOtherProgramsWrite) {
  const auto rgb = noise(17, 12, PixelFormat::Rgb8);
  const auto grey = noise(17, 12, PixelFormat::Gray8);
  const auto deep = noise(17, 12, PixelFormat::Gray16);
  for (const char* type : {".png", ".bmp", ".tiff"}) {
    EXPECT_EQ(load(encoded(rgb, type)), rgb) << type;
    EXPECT_EQ(load(encoded(grey, type)).rgb8().size(), grey.rgb8().size()) << type;
    EXPECT_EQ(cv::norm(load(encoded(grey, type)).rgb8(), grey.rgb8(), cv::NORM_INF), 0) << type;
  }
  EXPECT_EQ(load(encoded(deep, ".tiff")), deep);
  EXPECT_EQ(load(encoded(noise(17, 12, PixelFormat::Rgb16), ".tiff")), noise(17, 12, PixelFormat::Rgb16));
  EXPECT_EQ(load(encoded(rgb, ".webp", {cv::IMWRITE_WEBP_QUALITY, 101})), rgb);  // above 100: lossless
  EXPECT_EQ(load(encoded(rgb, ".jpg")).format(), PixelFormat::Rgb8);
  EXPECT_EQ(load(encoded(grey, ".jpg")).format(), PixelFormat::Gray8);
}

TEST(LoadImage, ReadsPaletteAndOneBitPng) {
  // 9 x 2 pixels, 1 bit: 101010101 / 000000001
  const auto one_bit = png_file(9, 2, 1, 0, "", std::string("\0\xaa\x80\0\x00\x80", 6));
  const auto bits = load(one_bit);
  EXPECT_EQ(bits.format(), PixelFormat::Gray8);
  EXPECT_EQ(bits.pixels().at<std::uint8_t>(0, 0), 255);
  EXPECT_EQ(bits.pixels().at<std::uint8_t>(0, 1), 0);
  EXPECT_EQ(bits.pixels().at<std::uint8_t>(1, 8), 255);
  // 3 x 1 pixels through a palette of two colours
  const auto palette = png_file(3, 1, 8, 3, png_chunk("PLTE", std::string("\x0a\x14\x1e\xc8\x64\x32", 6)),
                                std::string("\0\0\1\0", 4));
  const auto colours = load(palette);
  EXPECT_EQ(colours.format(), PixelFormat::Rgb8);
  EXPECT_EQ(colours.pixels().at<cv::Vec3b>(0, 0), cv::Vec3b(10, 20, 30));
  EXPECT_EQ(colours.pixels().at<cv::Vec3b>(0, 1), cv::Vec3b(200, 100, 50));
}

TEST(LoadImage, ReadsGreyWithAlphaAsRgba) {
  const auto image = load(png_file(2, 1, 8, 4, "", std::string("\0\x50\xff\x60\x07", 5)));
  EXPECT_EQ(image.format(), PixelFormat::Rgba8);
  EXPECT_EQ(image.pixels().at<cv::Vec4b>(0, 0), cv::Vec4b(0x50, 0x50, 0x50, 0xff));
  EXPECT_EQ(image.pixels().at<cv::Vec4b>(0, 1), cv::Vec4b(0x60, 0x60, 0x60, 0x07));
}

TEST(LoadImage, TurnsPicturesUpright) {
  // A stored picture whose left half is black: every orientation has one place where black must end up.
  Image stored(32, 16, PixelFormat::Gray8);
  stored.pixels().colRange(16, 32).setTo(255);
  stored.pixels()(cv::Rect(16, 0, 16, 8)).setTo(128);
  // (width, height) and the grey of the four quarters: top left, top right, bottom left, bottom right
  struct Case {
    int orientation;
    cv::Size size;
    int quarters[4];
  };
  for (const auto& c : {Case{1, {32, 16}, {0, 128, 0, 255}}, Case{2, {32, 16}, {128, 0, 255, 0}},
                        Case{3, {32, 16}, {255, 0, 128, 0}}, Case{4, {32, 16}, {0, 255, 0, 128}},
                        Case{5, {16, 32}, {0, 0, 128, 255}}, Case{6, {16, 32}, {0, 0, 255, 128}},
                        Case{7, {16, 32}, {255, 128, 0, 0}}, Case{8, {16, 32}, {128, 255, 0, 0}}}) {
    for (const bool big_endian : {true, false}) {
      const auto image = load(
          with_exif(encoded(stored, ".jpg", {cv::IMWRITE_JPEG_QUALITY, 100}), c.orientation, big_endian));
      ASSERT_EQ(image.pixels().size(), c.size) << c.orientation;
      const int w = c.size.width / 4, h = c.size.height / 4;
      for (int q = 0; q < 4; ++q)
        EXPECT_NEAR(image.pixels().at<std::uint8_t>(q / 2 ? 3 * h : h, q % 2 ? 3 * w : w), c.quarters[q], 8)
            << c.orientation << " quarter " << q;
    }
  }
}

TEST(LoadImage, TurnsTiffAndWebpUpright) {
  Image stored(6, 4, PixelFormat::Rgb8);
  stored.pixels().at<cv::Vec3b>(0, 5) = {250, 1, 2};
  const auto webp = load(webp_with_exif(encoded(stored, ".webp", {cv::IMWRITE_WEBP_QUALITY, 101}), 6));
  ASSERT_EQ(webp.pixels().size(), cv::Size(4, 6));
  EXPECT_EQ(webp.pixels().at<cv::Vec3b>(5, 3), cv::Vec3b(250, 1, 2));
  for (const auto format : {PixelFormat::Rgb8, PixelFormat::Gray8, PixelFormat::Gray16, PixelFormat::Rgb16}) {
    auto source = noise(6, 4, format);
    const auto turned = load(tiff_with_orientation(encoded(source, ".tiff"), 6));
    cv::Mat expected;
    cv::rotate(source.pixels(), expected, cv::ROTATE_90_CLOCKWISE);
    EXPECT_EQ(turned, Image(expected)) << name(format);
  }
}

TEST(LoadImage, TurnsPngUpright) {
  const auto stored = png_file(2, 1, 8, 0, png_chunk("eXIf", exif_block(6, true)), "\0\x0a\xc8"s);
  EXPECT_EQ(load(stored), Image((cv::Mat_<std::uint8_t>(2, 1) << 10, 200)));
}

TEST(LoadImage, RefusesBombsBeforeDecoding) {
  EXPECT_THAT(refusal(png_file(60000, 60000, 8, 2, "", "x")),
              AllOf(HasSubstr("picture.bin"), HasSubstr("60000 x 60000"), HasSubstr("limit")));
  auto huge = png_file(1, 1, 8, 2, "", "x");
  huge.replace(16, 4, "\x80\0\0\0"s);
  EXPECT_THAT(refusal(huge), HasSubstr("2147483648 x 1"));
  ImageLimits small;
  small.max_pixels = 100;
  const auto image = noise(11, 10, PixelFormat::Rgb8);
  for (const char* type : {".png", ".jpg", ".bmp", ".tiff", ".webp"})
    EXPECT_THAT(refusal(encoded(image, type), small), AllOf(HasSubstr("11 x 10"), HasSubstr("limit")))
        << type;
  small = {};
  small.max_side = 10;
  EXPECT_THAT(refusal(encoded(image, ".png"), small), HasSubstr("limit"));
  small = {};
  small.max_bytes = 50;
  EXPECT_THAT(refusal(encoded(image, ".png"), small), HasSubstr("more than the limit of 50"));
}

TEST(LoadImage, RefusesTruncatedFiles) {
  const auto image = noise(64, 48, PixelFormat::Rgb8);
  for (const char* type : {".png", ".jpg", ".bmp", ".tiff", ".webp"}) {
    const auto whole = encoded(image, type);
    ASSERT_EQ(refusal(whole), "accepted") << type;
    for (const double part : {0.02, 0.3, 0.6, 0.98})
      EXPECT_THAT(
          refusal(whole.substr(0, static_cast<std::size_t>(part * static_cast<double>(whole.size())))),
          HasSubstr("cut short"))
          << type << " " << part;
    EXPECT_THAT(refusal(whole.substr(0, whole.size() - 2)),
                AnyOf(HasSubstr("cut short"), HasSubstr("damaged")))
        << type;
  }
}

TEST(LoadImage, RefusesDamagedPng) {
  auto damaged = encoded(noise(64, 48, PixelFormat::Rgb8), ".png");
  damaged[damaged.size() / 2] ^= 1;
  EXPECT_THAT(refusal(damaged), AllOf(HasSubstr("IDAT"), HasSubstr("checksum")));
  // Whole as a file, but the compressed rows end early.
  EXPECT_THAT(refusal(png_file(64, 48, 8, 2, "", std::string(1000, 'x'))), HasSubstr("cannot be decoded"));
  EXPECT_THAT(refusal(png_file(4, 4, 3, 2, "", "x")), HasSubstr("colour type 2, bit depth 3"));
}

/// `load` with whatever was printed to stderr on the way.
std::string printed_by_refusing(const std::string& content, const std::string& expected) {
  ::testing::internal::CaptureStderr();
  EXPECT_THAT(refusal(content), HasSubstr(expected));
  return ::testing::internal::GetCapturedStderr();
}

TEST(LoadImage, RefusesJpegsThatEndInsideTheirScan) {  // as a whole file: the end marker is there
  for (const int progressive : {0, 1})
    for (const auto format : {PixelFormat::Rgb8, PixelFormat::Gray8}) {
      const auto whole = encoded(noise(64, 48, format), ".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, progressive});
      ASSERT_EQ(refusal(whole), "accepted");
      for (const double part : {0.6, 0.9})
        EXPECT_THAT(
            refusal(whole.substr(0, static_cast<std::size_t>(part * static_cast<double>(whole.size()))) +
                    "\xff\xd9"),
            AllOf(HasSubstr("picture.bin"), HasSubstr("damaged or cut short")))
            << progressive << " " << part;
    }
}

TEST(LoadImage, PrintsNothingOfItsDecoders) {
  auto jpeg = encoded(noise(64, 48, PixelFormat::Rgb8), ".jpg");
  jpeg = jpeg.substr(0, jpeg.size() / 2) + "\xff\xd9";
  EXPECT_EQ(printed_by_refusing(jpeg, "JPEG data cannot be decoded"), "");
  EXPECT_EQ(
      printed_by_refusing(png_file(64, 48, 8, 2, "", std::string(1000, 'x')), "PNG data cannot be decoded"),
      "");
}

TEST(LoadImage, DecodesAsOpenCvDoes) {
  for (const int progressive : {0, 1})
    for (const auto format : {PixelFormat::Rgb8, PixelFormat::Gray8}) {
      const auto file = encoded(noise(37, 23, format), ".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, progressive});
      cv::Mat expected =
          cv::imdecode(cv::Mat(1, static_cast<int>(file.size()), CV_8UC1, const_cast<char*>(file.data())),
                       cv::IMREAD_UNCHANGED);
      if (expected.channels() == 3) cv::cvtColor(expected, expected, cv::COLOR_BGR2RGB);
      EXPECT_EQ(load(file), Image(expected)) << progressive;
    }
}

TEST(LoadImage, RefusesAnimations) {
  EXPECT_THAT(refusal(png_file(1, 1, 8, 0, png_chunk("acTL", "\0\0\0\2\0\0\0\0"s), std::string(2, '\0'))),
              AllOf(HasSubstr("animated PNG"), HasSubstr("one frame")));
  EXPECT_THAT(refusal("GIF89a" + std::string(20, '\0')), AllOf(HasSubstr("GIF"), HasSubstr("Convert")));
  EXPECT_THAT(refusal("RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\0\0\0\0\0\0"s), HasSubstr("animated WebP"));
  auto pages =
      std::vector<cv::Mat>{cv::Mat(4, 4, CV_8UC1, cv::Scalar(1)), cv::Mat(4, 4, CV_8UC1, cv::Scalar(2))};
  const TempFolder folder;
  cv::imwrite((folder / "pages.tiff").string(), pages);
  EXPECT_THAT([&] { load_image(folder / "pages.tiff"); },
              ThrowsMessage<InputError>(HasSubstr("several pages")));
}

TEST(LoadImage, RefusesWhatHasNoPixelFormat) {
  EXPECT_THAT(refusal("\xff\xd8\xff\xc0\0\x14\x08\0\x10\0\x10\x04\1\x11\0\2\x11\0\3\x11\0\4\x11\0\xff\xd9"s),
              AllOf(HasSubstr("CMYK"), HasSubstr("RGB")));
  EXPECT_THAT(refusal("\xff\xd8\xff\xc0\0\x0b\x0c\0\x10\0\x10\1\1\x11\0\xff\xd9"s), HasSubstr("12 bits"));
  EXPECT_THAT(refusal(png_file(2, 2, 16, 6, "", "x")),
              AllOf(HasSubstr("16-bit with alpha"), HasSubstr("8 bit")));
  EXPECT_THAT(refusal(png_file(2, 2, 16, 4, "", "x")), HasSubstr("16-bit with alpha"));
  EXPECT_THAT(refusal(encoded(noise(4, 4, PixelFormat::Rgba8), ".tiff")),
              AllOf(HasSubstr("4 samples"), HasSubstr("PNG")));
  EXPECT_THAT(refusal(encoded(Image(cv::Mat(4, 4, CV_8UC1)), ".tiff")), "accepted");
}

TEST(LoadImage, NamesWhatIsNoPictureOfOurs) {
  EXPECT_THAT(refusal(""), HasSubstr("empty"));
  EXPECT_THAT(refusal("hello world, I am a text"),
              AllOf(HasSubstr("picture.bin"), HasSubstr("PNG, JPEG, BMP, TIFF or WebP")));
  EXPECT_THAT(refusal("\0\0\0\x18"
                      "ftypheic0000"s),
              HasSubstr("HEIC"));
  EXPECT_THAT(refusal("%PDF-1.7"), HasSubstr("PDF"));
  EXPECT_THAT([] { load_image("no/such/file.png"); },
              ThrowsMessage<InputError>(HasSubstr("no/such/file.png")));
  EXPECT_THAT([] { load_image("."); }, ThrowsMessage<InputError>(HasSubstr("not a regular file")));
}

TEST(LoadImage, SurvivesEveryOneByteChange) {  // never a crash, never anything but InputError
  const auto image = noise(9, 7, PixelFormat::Rgb8);
  for (const char* type : {".png", ".jpg", ".bmp", ".tiff", ".webp"}) {
    const auto whole = encoded(image, type);
    for (std::size_t i = 0; i < std::min<std::size_t>(whole.size(), 400); ++i)
      for (const char value : {'\0', '\x7f', '\xff'}) {
        auto damaged = whole;
        damaged[i] = value;
        try {
          decode_image(damaged, "damaged");
        } catch (const InputError&) {
        }
      }
  }
}

}  // namespace
}  // namespace unidg
