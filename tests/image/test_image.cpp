#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unidg/core/error.h"
#include "unidg/image/image.h"

namespace unidg {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(Image, ShowsItselfAsRgb8) {
  EXPECT_EQ(Image(cv::Mat(2, 2, CV_16UC1, cv::Scalar(257 * 200 + 128))).rgb8().at<cv::Vec3b>(1, 1),
            cv::Vec3b(200, 200, 200));
  EXPECT_EQ(Image(cv::Mat(2, 2, CV_16UC1, cv::Scalar(257 * 200 + 129))).rgb8().at<cv::Vec3b>(1, 1),
            cv::Vec3b(201, 201, 201));
  EXPECT_EQ(Image(cv::Mat(2, 2, CV_8UC4, cv::Scalar(1, 2, 3, 4))).rgb8().at<cv::Vec3b>(0, 0),
            cv::Vec3b(1, 2, 3));
  EXPECT_EQ(Image(cv::Mat(2, 2, CV_16UC3, cv::Scalar(65535, 0, 257))).rgb8().at<cv::Vec3b>(0, 0),
            cv::Vec3b(255, 0, 1));
}

TEST(Image, KnowsItsFormat) {
  for (const auto format :
       {PixelFormat::Gray8, PixelFormat::Gray16, PixelFormat::Rgb8, PixelFormat::Rgba8, PixelFormat::Rgb16}) {
    const Image image(5, 3, format);
    EXPECT_EQ(image.format(), format) << name(format);
    EXPECT_EQ(image.pixels().channels(), channels(format));
    EXPECT_EQ(8 * image.pixels().elemSize1(), static_cast<std::size_t>(bit_depth(format)));
  }
  EXPECT_THAT([] { Image(cv::Mat(2, 2, CV_32FC3)); }, ThrowsMessage<InputError>(HasSubstr("expected gray8")));
}

TEST(Image, IsGreyWhenItsChannelsAgree) {
  Image image(4, 4, PixelFormat::Rgb16);
  EXPECT_TRUE(image.is_grey());
  image.pixels().at<cv::Vec3w>(3, 3) = {9, 9, 10};
  EXPECT_FALSE(image.is_grey());
  EXPECT_TRUE(Image(4, 4, PixelFormat::Gray16).is_grey());
}

TEST(Image, EqualityIsOfEveryByteAndTheFormat) {
  Image a(7, 2, PixelFormat::Rgb8), b = a.clone();
  EXPECT_EQ(a, b);
  b.pixels().at<cv::Vec3b>(1, 6)[2] = 1;
  EXPECT_FALSE(a == b);
  EXPECT_FALSE(Image(7, 2, PixelFormat::Gray8) == Image(7, 2, PixelFormat::Gray16));
}

TEST(Mask, IsSetAbove127) {  // docs/choices.md 11
  const Mask mask((cv::Mat_<std::uint8_t>(1, 4) << 0, 127, 128, 255));
  EXPECT_EQ(mask.area(), 2);
  EXPECT_EQ(mask.box(), cv::Rect(2, 0, 2, 1));
  EXPECT_DOUBLE_EQ(mask.area_ratio(), 0.5);
  EXPECT_TRUE(Mask(4, 4).is_empty());
  EXPECT_TRUE(Mask().is_empty());
}

TEST(Mask, BoxIncludesLastRowAndColumn) {  // docs/choices.md 6
  Mask mask(8, 6);
  mask.pixels().at<std::uint8_t>(5, 7) = 255;
  EXPECT_EQ(mask.box(), cv::Rect(7, 5, 1, 1));
}

}  // namespace
}  // namespace unidg
