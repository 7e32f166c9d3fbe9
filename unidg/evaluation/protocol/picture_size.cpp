#include "unidg/evaluation/protocol/picture_size.h"

#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/core/progress.h"
#include "unidg/core/rng.h"
#include "unidg/procedural/procedural.h"

namespace unidg::evaluation {
namespace fs = std::filesystem;
namespace {

cv::Size shrunk(cv::Size size, std::int64_t longer_side) {
  const int longest = std::max(size.width, size.height);
  if (longest <= longer_side) return size;
  const double scale = static_cast<double>(longer_side) / longest;
  return {std::max(1, static_cast<int>(std::lround(size.width * scale))),
          std::max(1, static_cast<int>(std::lround(size.height * scale)))};
}

/// Shrinks pictures and masks file by file; the layout of the copy is the original's.
class Shrinker {
 public:
  Shrinker(const Product& product, std::int64_t longer_side, fs::path folder)
      : product_(product), longer_side_(longer_side), folder_(std::move(folder)) {}

  fs::path picture(const fs::path& file) const {
    const auto copy = copy_of(file);
    if (fs::exists(copy)) return copy;
    const auto image = load_image(file);
    cv::Mat out;
    const auto size = shrunk(image.pixels().size(), longer_side_);
    cv::resize(image.pixels(), out, size, 0, 0, cv::INTER_AREA);
    save_png(copy, Image(out));
    return copy;
  }
  fs::path mask(const fs::path& file) const {
    const auto copy = copy_of(file);
    if (fs::exists(copy)) return copy;
    const auto mask = load_mask(file);
    cv::Mat share;
    cv::Mat wide;
    mask.pixels().convertTo(wide, CV_32F);
    cv::resize(wide, share, shrunk(wide.size(), longer_side_), 0, 0, cv::INTER_AREA);
    save_png(copy, Mask(cv::Mat(share > 0)));
    return copy;
  }
  DefectFile defect(const DefectFile& file) const {
    (void)load_defect(file);  // wrong sizes and empty masks are told with the names of the originals
    return {picture(file.image), mask(file.mask), file.key};
  }

 private:
  fs::path copy_of(const fs::path& file) const {
    return folder_ / file.lexically_relative(product_.folder).replace_extension(".png");
  }
  const Product& product_;
  std::int64_t longer_side_;
  fs::path folder_;
};

void stop_if_interrupted() {
  if (interrupted()) throw Interrupted("interrupted while preparing pictures");
}

}  // namespace

Product at_picture_size(const Product& product, std::int64_t longer_side, const fs::path& folder) {
  if (longer_side == 0) return product;
  const Shrinker shrink(product, longer_side, folder);
  Product out = product;
  out.folder = folder;
  std::size_t count = out.good_train.size() + out.good_test.size();
  for (const auto& type : out.types) count += type.pool.size() + type.test.size();
  Progress progress("pictures of " + product.name, static_cast<std::int64_t>(count));
  for (auto* files : {&out.good_train, &out.good_test}) {
    for (auto& file : *files) {
      stop_if_interrupted();
      file = shrink.picture(file);
      progress.advance();
    }
  }
  for (auto& type : out.types) {
    for (auto* files : {&type.pool, &type.test}) {
      for (auto& file : *files) {
        stop_if_interrupted();
        file = shrink.defect(file);
        progress.advance();
      }
    }
  }
  return out;
}

void draw_product_set(const std::string& name, const DrawnConfig& config, const fs::path& folder) {
  auto kinds = procedural::defects(name);
  if (static_cast<int>(kinds.size()) > config.types) kinds.resize(static_cast<std::size_t>(config.types));
  const auto seed_of = [&](const std::string& what) {
    Rng rng(config.seed, "drawn/" + name + "/" + what);
    return static_cast<std::uint64_t>(rng.bits());
  };
  const auto file_name = [](int i) { return text(i < 100 ? "0" : "", i < 10 ? "0" : "", i); };
  const auto good = [&](const std::string& where, int count) {
    for (int i = 0; i < count; ++i) {
      stop_if_interrupted();
      const auto file = folder / where / (file_name(i) + ".png");
      if (fs::exists(file)) continue;
      save_png(file, procedural::draw_product(name, config.size, config.size, seed_of(where + file_name(i))));
    }
  };
  good("train/good", config.good_train);
  good("test/good", config.good_test);
  for (const auto& kind : kinds) {
    for (int i = 0; i < config.per_type; ++i) {
      stop_if_interrupted();
      const auto mask = folder / "ground_truth" / kind / (file_name(i) + "_mask.png");
      const auto image = folder / "test" / kind / (file_name(i) + ".png");
      if (fs::exists(mask) && fs::exists(image)) continue;
      const auto drawn = procedural::draw(name, kind, config.size, config.size, seed_of(kind + file_name(i)));
      save_png(image, drawn.abnormal);
      save_png(mask, drawn.mask);
    }
  }
}

}  // namespace unidg::evaluation
