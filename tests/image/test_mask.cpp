#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/picture_bytes.h"
#include "support/temp_folder.h"
#include "unidg/core/error.h"

namespace unidg {
namespace {

using namespace unidg::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string mask_refusal(const std::string& bytes) {
  const TempFolder folder;
  try {
    load_mask(folder.write("mask.png", bytes));
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

cv::Mat disc(int type, const cv::Scalar& inside, const cv::Scalar& outside) {
  cv::Mat pixels(40, 60, type, outside);
  cv::circle(pixels, {30, 20}, 9, inside, cv::FILLED);
  return pixels;
}

TEST(LoadMask, ReadsGreyColourAndDeepMasksAlike) {
  const TempFolder folder;
  const Mask expected(disc(CV_8UC1, 255, 0));
  const cv::Scalar white = cv::Scalar::all(255), black(0, 0, 0, 255);
  EXPECT_EQ(load_mask(folder.write("g", encoded(Image(disc(CV_8UC1, 255, 0)), ".png"))), expected);
  EXPECT_EQ(load_mask(folder.write("d", encoded(Image(disc(CV_16UC1, 65535, 0)), ".png"))), expected);
  EXPECT_EQ(load_mask(folder.write("c", encoded(Image(disc(CV_8UC3, white, black)), ".png"))), expected);
  EXPECT_EQ(load_mask(folder.write("a", encoded(Image(disc(CV_8UC4, white, black)), ".png"))), expected);
  EXPECT_EQ(load_mask(folder.write("j", encoded(Image(disc(CV_8UC3, white, black)), ".jpg"))).area(),
            expected.area());
  // drawn on a transparent canvas: colours and alpha say the same
  EXPECT_EQ(
      load_mask(folder.write("t", encoded(Image(disc(CV_8UC4, white, cv::Scalar(0, 0, 0, 0))), ".png"))),
      expected);
}

TEST(LoadMask, RefusesAlphaAlone) {  // OpenAI's convention is the opposite of ours
  EXPECT_THAT(
      mask_refusal(encoded(Image(disc(CV_8UC4, cv::Scalar(0, 0, 0, 0), cv::Scalar(0, 0, 0, 255))), ".png")),
      AllOf(HasSubstr("mask.png"), HasSubstr("only in the alpha"), HasSubstr("white on black")));
  EXPECT_THAT(mask_refusal(encoded(
                  Image(disc(CV_8UC4, cv::Scalar(255, 255, 255, 0), cv::Scalar(0, 0, 0, 255))), ".png")),
              HasSubstr("contradicts"));
}

TEST(LoadMask, RefusesColours) {
  EXPECT_THAT(mask_refusal(encoded(Image(disc(CV_8UC3, cv::Scalar(255, 0, 0), cv::Scalar::all(0))), ".png")),
              AllOf(HasSubstr("colours"), HasSubstr("white on black")));
}

TEST(LoadMask, RefusesPhotosAndLabels) {
  EXPECT_THAT(mask_refusal(encoded(noise(40, 40, PixelFormat::Gray8), ".png")), HasSubstr("not binary"));
  EXPECT_THAT(mask_refusal(encoded(Image(disc(CV_8UC1, 3, 0)), ".png")),
              AllOf(HasSubstr("labels"), HasSubstr("255")));
  EXPECT_EQ(mask_refusal(encoded(Image(disc(CV_8UC1, 0, 0)), ".png")),
            "accepted");  // empty: an error where it is used
}

TEST(LoadMask, AcceptsSoftEdgesUpToFivePercent) {
  cv::Mat pixels(100, 100, CV_8UC1, cv::Scalar(0));
  pixels.rowRange(0, 5).setTo(130);
  EXPECT_EQ(mask_refusal(encoded(Image(pixels), ".png")), "accepted");
  pixels.row(5).setTo(130);
  EXPECT_THAT(mask_refusal(encoded(Image(pixels), ".png")), HasSubstr("6 %"));
}

}  // namespace
}  // namespace unidg
