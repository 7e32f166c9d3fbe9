#include <gmock/gmock.h>

#include <cstring>

#include "drawn_maps.h"
#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/evaluation/metrics/map_folders.h"
#include "unidg/evaluation/metrics/npy.h"
#include "unidg/image/image.h"

namespace unidg::testing {
namespace {

using namespace unidg::evaluation;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// What numpy.save writes for a header and data.
std::string npy(const std::string& dictionary, const std::string& data, char version = 1) {
  using namespace std::string_literals;
  std::string header = dictionary + std::string(9, ' ') + "\n";
  std::string out = "\x93NUMPY"s + version + '\0' + static_cast<char>(header.size()) + '\0';
  if (version > 1) out += "\0\0"s;
  return out + header + data;
}

template <typename Number>
std::string bytes(const std::vector<Number>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)};
}

class Npy : public ::testing::Test {
 protected:
  cv::Mat read(const std::string& content) { return read_npy(folder.write("map.npy", content)); }
  void refused(const std::string& content, const std::string& words) {
    const auto path = folder.write("map.npy", content);
    EXPECT_THAT([&] { read_npy(path); },
                ThrowsMessage<FormatError>(AllOf(HasSubstr("map.npy"), HasSubstr(words))));
  }
  TempFolder folder;
  const std::string floats = bytes<float>({1, 2, 3, 4, 5, 6});
};

TEST_F(Npy, ReadsEveryTypeAndOrder) {
  const cv::Mat expected = (cv::Mat_<float>(2, 3) << 1, 2, 3, 4, 5, 6);
  const auto same = [&](const cv::Mat& map) {
    return map.size() == expected.size() && map.type() == CV_32FC1 && cv::norm(map, expected) == 0;
  };
  EXPECT_TRUE(same(read(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", floats))));
  EXPECT_TRUE(same(read(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", floats, 2))));
  EXPECT_TRUE(same(read(npy("{\"shape\":(1,2,3,1),\"fortran_order\":False,\"descr\":\"<f4\"}", floats))));
  EXPECT_TRUE(same(read(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }",
                            bytes<double>({1, 2, 3, 4, 5, 6})))));
  EXPECT_TRUE(same(read(npy("{'descr': '<f2', 'fortran_order': False, 'shape': (2, 3), }",
                            bytes<std::uint16_t>({0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600})))));
  EXPECT_TRUE(same(read(
      npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", bytes<float>({1, 4, 2, 5, 3, 6})))));
}

TEST_F(Npy, ReadsWhatItWrote) {
  cv::Mat map(17, 5, CV_32FC1);
  cv::randn(map, 0, 1);
  write_npy(folder / "map.npy", map);
  EXPECT_EQ(cv::norm(read_npy(folder / "map.npy"), map), 0);
  std::ifstream in(folder / "map.npy", std::ios::binary);
  const std::string content((std::istreambuf_iterator<char>(in)), {});
  EXPECT_EQ((content.size() - 17 * 5 * 4) % 64, 0u);  // as numpy aligns its data
}

TEST_F(Npy, RefusesEverythingElse) {
  refused("", "no .npy");
  refused("PK\x03\x04 a zip of arrays", "no .npy");
  refused(npy("{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }", floats), "'|O'");
  refused(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }", floats), "little-endian");
  refused(npy("{'descr': '<i8', 'fortran_order': False, 'shape': (2, 3), }", floats), "'<i8'");
  refused(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3), }", floats), "plain array");
  refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", floats), "(6)");
  refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 2), }", floats + floats),
          "(2, 3, 2)");
  refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }", ""), "(0, 3)");
  refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3), }", floats), "shape");
  refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 3), }", floats),
          "shape");
  refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }", floats), "32 bytes, but 24");
  refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", floats), "16 bytes, but 24");
  refused(npy("{'descr': '<f4', 'fortran_order': False, }", floats), "damaged");
  refused(npy("{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3), }", floats), "damaged");
  refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'more': 1}", floats), "'more'");
  refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } + evil()", floats), "damaged");
  refused(npy("", floats), "damaged");
  refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", floats, 4), "version 4");
  const auto whole = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", floats);
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_THROW(read(whole.substr(0, length)), FormatError) << length;
}

/// maps/ and truth/ of drawn maps: 0 and 3 are normal and have no truth.
class MapFolders : public ::testing::Test {
 protected:
  MapFolders() {
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      write_npy(folder / ("maps/type/" + std::to_string(i) + ".npy"), drawn[i].score);
      if (i % 3 > 0)
        save_png(folder / ("truth/type/" + std::to_string(i) + "_mask.png"), Mask(drawn[i].truth));
    }
  }
  DetectionScorer score() const { return score_folders(folder / "maps", folder / "truth"); }
  void refused(const std::vector<std::string>& words) const {
    for (const auto& word : words) EXPECT_THAT([&] { score(); }, ThrowsMessage<InputError>(HasSubstr(word)));
  }
  TempFolder folder;
  const std::vector<DrawnMap> drawn = drawn_maps(6, 32);
};

TEST_F(MapFolders, ScoreAsTheirMaps) {
  folder.write("maps/notes.txt", "not a map");
  folder.write("maps/.hidden/9.npy", "not seen");
  expect_same(score().result(), scorer_of(drawn).result(), 0);
}

TEST_F(MapFolders, PngMapsKeepTheirOrder) {
  std::vector<DrawnMap> as_stored;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    cv::Mat counts;
    drawn[i].score.convertTo(counts, CV_16U, 5000, 30000);
    std::filesystem::remove(folder / ("maps/type/" + std::to_string(i) + ".npy"));
    save_png(folder / ("maps/type/" + std::to_string(i) + ".png"), Image(counts));
    DrawnMap map{{}, drawn[i].truth};
    counts.convertTo(map.score, CV_32F, 1.0 / 65535);
    as_stored.push_back(map);
  }
  expect_same(score().result(), scorer_of(as_stored).result(), 0);
}

TEST_F(MapFolders, TruthIsCutAtHalf) {
  cv::Mat truth = cv::Mat::zeros(32, 32, CV_8UC1);
  truth(cv::Rect(2, 2, 9, 9)) = 127;
  truth(cv::Rect(20, 20, 5, 5)) = 128;
  save_png(folder / "truth/type/1_mask.png", Image(truth));
  auto expected = drawn;
  expected[1].truth = truth > 127;
  expect_same(score().result(), scorer_of(expected).result(), 0);
}

TEST_F(MapFolders, RefuseWhatDoesNotFit) {
  save_png(folder / "truth/type/9_mask.png", Mask(32, 32));
  refused({"9_mask.png", "no map", "type/9"});
  std::filesystem::remove(folder / "truth/type/9_mask.png");

  save_png(folder / "truth/type/1.png", Mask(32, 32));
  refused({"1.png", "1_mask.png", "same name"});
  std::filesystem::remove(folder / "truth/type/1.png");

  save_png(folder / "truth/type/1_mask.png", Mask(31, 32));
  refused({"type/1.npy", "32x32", "31x32"});
  cv::Mat labels = cv::Mat::zeros(32, 32, CV_8UC1);
  labels(cv::Rect(2, 2, 9, 9)) = 1;
  save_png(folder / "truth/type/1_mask.png", Image(labels));
  refused({"1_mask.png", "class labels"});
  save_png(folder / "truth/type/1_mask.png", Mask(drawn[1].truth));

  cv::Mat broken = drawn[4].score.clone();
  broken.at<float>(0, 0) = std::nanf("");
  write_npy(folder / "maps/type/4.npy", broken);
  refused({"4.npy", "nan"});
  folder.write("maps/type/4.npy", "words");
  refused({"4.npy"});
  folder.write("maps/type/4.npy", "");
  refused({"4.npy"});
}

TEST_F(MapFolders, RefuseMissingAndEmptyFolders) {
  std::filesystem::remove_all(folder / "truth");
  refused({"truth", "no such folder"});
  std::filesystem::create_directory(folder / "truth");
  refused({"truth", "holds no truth"});
  std::filesystem::remove_all(folder / "maps");
  refused({"maps", "no such folder"});
  std::filesystem::create_directory(folder / "maps");
  refused({"maps", "holds no score map"});
}

}  // namespace
}  // namespace unidg::testing
