#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/picture_bytes.h"
#include "support/temp_folder.h"
#include "unidg/core/error.h"

namespace unidg {
namespace {

using namespace unidg::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::ThrowsMessage;

std::string with_chunk(const std::string& chunk) { return png_file(1, 1, 8, 0, chunk, "\0\0"s); }

TEST(PngTexts, ComeBackAsWritten) {
  const TempFolder folder;
  const auto image = noise(20, 10, PixelFormat::Rgb16);
  const std::string json = R"({"seed": 7, "object": "Mutter \u00fc 螺母"})";
  save_png(folder / "a.png", image, {{"unidg", json}, {"parameters", "Steps: 28"}});
  EXPECT_THAT(read_png_texts(folder / "a.png"),
              ElementsAre(Pair("unidg", json), Pair("parameters", "Steps: 28")));
  EXPECT_EQ(load_image(folder / "a.png"), image);
  Mask mask(5, 5);
  mask.pixels().at<std::uint8_t>(2, 2) = 255;
  save_png(folder / "m.png", mask, {{"unidg", "{}"}});
  EXPECT_EQ(load_mask(folder / "m.png"), mask);
}

TEST(PngTexts, ReadsWhatOtherProgramsWrite) {
  const TempFolder folder;
  const auto file =
      folder.write("o.png", with_chunk(png_chunk("tEXt", "Author\0Andr\xe9"s) +
                                       png_chunk("zTXt", "k\0\0"s + zlib_packed("packed")) +
                                       png_chunk("iTXt", "i\0\1\0en\0\0"s + zlib_packed("grün"))));
  EXPECT_THAT(read_png_texts(file),
              ElementsAre(Pair("Author", "André"), Pair("k", "packed"), Pair("i", "grün")));
}

TEST(PngTexts, RefusesBombsAndDamage) {
  const TempFolder folder;
  const auto bomb = folder.write(
      "bomb.png", with_chunk(png_chunk("zTXt", "k\0\0"s + zlib_packed(std::string(40 << 20, 'a')))));
  EXPECT_THAT([&] { read_png_texts(bomb); }, ThrowsMessage<InputError>(HasSubstr("grows beyond")));
  EXPECT_EQ(load_image(bomb).width(), 1);  // the picture itself does not need its texts
  const auto half = zlib_packed("a text that is cut");
  const auto damaged =
      folder.write("cut.png", with_chunk(png_chunk("zTXt", "k\0\0"s + half.substr(0, half.size() / 2))));
  EXPECT_THAT([&] { read_png_texts(damaged); }, ThrowsMessage<InputError>(HasSubstr("damaged")));
  EXPECT_THAT([&] { read_png_texts(folder.write("n.png", with_chunk(png_chunk("tEXt", "no separator")))); },
              ThrowsMessage<InputError>(HasSubstr("separator")));
  EXPECT_THAT([&] { read_png_texts(folder.write("j.jpg", encoded(noise(4, 4, PixelFormat::Rgb8), ".jpg"))); },
              ThrowsMessage<InputError>(HasSubstr("not a PNG")));
}

TEST(PngTexts, RefusesKeywordsThePngFormatForbids) {
  const Image image(1, 1, PixelFormat::Gray8);
  for (const std::string& keyword : {""s, " a"s, "a "s, "ü"s, std::string(80, 'k')})
    EXPECT_THROW(encode_png(image, {{keyword, "v"}}), UsageError) << keyword;
}

}  // namespace
}  // namespace unidg
