#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataset/pictures.h"
#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/dataset/gallery.h"

namespace unidg::dataset {
namespace {

namespace fs = std::filesystem;
using namespace testing_pictures;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Gallery, PageLinksOnlyWhatLiesBesideIt) {
  unidg::testing::TempFolder temp;
  QuadrupletWriter writer(temp.path() / "out", {});
  put_pair(temp.path() / "odd \"name\" & <b>.png", temp.path() / "odd \"name\" & <b>_mask.png");
  Record r = record("a-1-0123456789");
  r.reference =
      Reference{temp.path() / "odd \"name\" & <b>.png", temp.path() / "odd \"name\" & <b>_mask.png", "", ""};
  r.type = "<script>alert(1)</script>", r.object = "a\"b";
  writer.append(r);
  Record weak = record("b-1-0123456789", 2), failed = record("c-1-0123456789", 3);
  weak.status = "weak", weak.reason = "no <visible> change";
  failed.status = "failed", failed.reason = "mask & frame", failed.abnormal = {};
  writer.append(weak), writer.append(failed);
  const fs::path page = write_gallery(temp.path() / "out");
  const std::string html = read_file(page);
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(html, Not(HasSubstr("http://")));
  EXPECT_THAT(html, Not(HasSubstr("https://")));
  EXPECT_THAT(html, Not(HasSubstr(temp.path().string())));
  EXPECT_THAT(html, HasSubstr("no &lt;visible&gt; change"));
  EXPECT_THAT(html, HasSubstr("mask &amp; frame"));
  EXPECT_THAT(html, HasSubstr("type=\"range\""));
  std::size_t links = 0;
  for (std::size_t at = html.find("src=\""); at != std::string::npos;
       at = html.find("src=\"", at + 1), ++links) {
    const std::string link = html.substr(at + 5, html.find('"', at + 5) - at - 5);
    EXPECT_TRUE(fs::is_regular_file(temp.path() / "out" / link)) << link;
  }
  EXPECT_GE(links, 8u);
  const Image sheet = load_image(temp.path() / "out/contact_sheet.png");
  EXPECT_GT(sheet.width(), 5 * GalleryConfig{}.cell);
}

TEST(Gallery, LongListsBecomeSeveralPages) {
  unidg::testing::TempFolder temp;
  QuadrupletWriter writer(temp.path() / "out", {});
  for (int i = 0; i < 5; ++i)
    writer.append(record(text("i", i, "-1-0123456789"), static_cast<std::uint64_t>(i)));
  GalleryConfig config;
  config.page_items = 2;
  write_gallery(temp.path() / "out", config);
  EXPECT_THAT(read_file(temp.path() / "out/index.html"),
              ::testing::AllOf(HasSubstr("index-3.html"), HasSubstr("i1-1-"), Not(HasSubstr("id=\"i2-1-"))));
  EXPECT_THAT(read_file(temp.path() / "out/index-3.html"), HasSubstr("i4-1-"));
  const auto nothing = [&] { write_gallery(temp.path()); };
  EXPECT_THAT(nothing, ::testing::ThrowsMessage<InputError>(HasSubstr("no manifest.jsonl")));
}

TEST(ZoomWindow, HoldsTheDefectInsideTheFrame) {
  for (const cv::Rect at :
       {cv::Rect(0, 0, 3, 3), cv::Rect(90, 50, 10, 10), cv::Rect(0, 20, 100, 4), cv::Rect(40, 30, 5, 5)}) {
    const Mask mask = square(100, 60, at);
    const cv::Rect window = zoom_window(mask);
    EXPECT_EQ(window & cv::Rect(0, 0, 100, 60), window);
    EXPECT_EQ(window & at, at);
  }
}

}  // namespace
}  // namespace unidg::dataset
