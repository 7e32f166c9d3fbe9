#include <gtest/gtest.h>

#include "unidg/core/config.h"
#include "unidg/core/files.h"
#include "unidg/dataset/sets/polygons.h"
#include "unidg/dataset/sets/run_lengths.h"

namespace unidg::dataset::sets {
namespace {

TEST(CocoMasksGolden, AreThoseOfPycocotools) {  // tools/golden/coco_masks.py
  const std::string file = UNIDG_TESTS_DIR "/dataset/sets/golden/coco_masks.json";
  const auto golden = parse_json(read_file(file), file);
  const cv::Size size(golden["width"].get<int>(), golden["height"].get<int>());
  int polygons = 0;
  for (const auto& item : golden["cases"]) {
    Mask mask(size.width, size.height);
    if (item.contains("polygon")) {
      Ring ring;
      for (std::size_t i = 0; i < item["polygon"].size(); i += 2)
        ring.emplace_back(item["polygon"][i].get<double>(), item["polygon"][i + 1].get<double>());
      mask = fill_polygon(ring, size);
      ++polygons;
    } else {
      for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x)
          if (item["rows"][static_cast<std::size_t>(y)].get<std::string>()[static_cast<std::size_t>(x)] ==
              '1')
            mask.pixels().at<std::uint8_t>(y, x) = 255;
    }
    const auto counts = item["counts"].get<std::string>();
    EXPECT_EQ(mask.area(), item["area"].get<int>()) << item.dump();
    EXPECT_EQ(coco_string(run_lengths(mask).counts), counts) << item.dump();
    EXPECT_TRUE(from_run_lengths({size, from_coco_string(counts, "golden"), true}, "golden") == mask);
  }
  EXPECT_GE(polygons, 30);
}

}  // namespace
}  // namespace unidg::dataset::sets
