#include "unidg/dataset/templates/sheets.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/dataset/sets/taxonomy.h"

namespace unidg::dataset::templates {
namespace {

constexpr int kGap = 6, kLine = 14;
const cv::Scalar kPaper(247, 247, 245), kInk(70, 70, 80), kRed(235, 45, 90);

void write(cv::Mat& on, const std::string& words, cv::Point at, double scale = 0.33) {
  cv::putText(on, words, at, cv::FONT_HERSHEY_SIMPLEX, scale, kInk, 1, cv::LINE_AA);
}

/// The whole picture's mask in a square, white on dark.
cv::Mat mask_tile(const Mask& mask, int side) {
  cv::Mat out(side, side, CV_8UC3, cv::Scalar(225, 225, 222)), small, rgb;
  const double scale = static_cast<double>(side) / std::max(mask.width(), mask.height());
  cv::resize(mask.pixels(), small, {}, scale, scale, cv::INTER_AREA);
  cv::cvtColor(small, rgb, cv::COLOR_GRAY2RGB);
  const cv::Rect seen(0, 0, std::min(side, rgb.cols), std::min(side, rgb.rows));
  rgb(seen).copyTo(out(seen + cv::Point((side - seen.width) / 2, (side - seen.height) / 2)));
  return out;
}

}  // namespace

Image library_sheet(const TemplateLibrary& library, int columns, int tile) {
  const auto categories = library.categories();
  const int row = tile + 2 * kLine + 2 * kGap;
  cv::Mat sheet(static_cast<int>(categories.size()) * row + kGap, columns * (tile + kGap) + kGap, CV_8UC3,
                kPaper);
  int y = kGap;
  for (const int category : categories) {
    auto clusters = library.clusters(category);
    std::sort(clusters.begin(), clusters.end(),
              [](const auto& a, const auto& b) { return a.size() > b.size(); });
    std::size_t masks = 0;
    for (const auto& cluster : clusters) masks += cluster.size();
    write(sheet,
          text(category, " ", sets::Taxonomy::standard().name(category), ": ", masks, " masks, ",
               clusters.size(), " clusters"),
          {kGap, y + kLine - 4}, 0.4);
    for (int i = 0; i < columns && i < static_cast<int>(clusters.size()); ++i) {
      const auto& cluster = clusters[static_cast<std::size_t>(i)];
      for (const auto member : cluster)
        if (library.members()[member].is_typical) {
          const cv::Rect at(kGap + i * (tile + kGap), y + kLine, tile, tile);
          mask_tile(library.members()[member].mask(), tile).copyTo(sheet(at));
          write(sheet, text(cluster.size()), {at.x, at.br().y + kLine - 3});
        }
    }
    y += row;
  }
  return Image(sheet);
}

cv::Mat outlined(const Image& scene, const Mask& mask, int side) {
  cv::Mat out(side, side, CV_8UC3, kPaper), small, share;
  const double scale = static_cast<double>(side) / std::max(scene.width(), scene.height());
  cv::resize(scene.rgb8(), small, {}, scale, scale, cv::INTER_AREA);
  cv::resize(mask.pixels(), share, small.size(), 0, 0, cv::INTER_AREA);
  std::vector<std::vector<cv::Point>> rings;
  cv::findContours(share > 40, rings, cv::RETR_LIST, cv::CHAIN_APPROX_NONE);
  cv::drawContours(small, rings, -1, kRed, 1);
  const cv::Rect seen(0, 0, std::min(side, small.cols), std::min(side, small.rows));
  small(seen).copyTo(out(seen));
  return out;
}

Image tiles_sheet(const std::vector<std::pair<cv::Mat, std::string>>& tiles, int columns) {
  if (tiles.empty()) throw Error("tiles_sheet: no tile");
  const int side = tiles.front().first.cols, rows = (static_cast<int>(tiles.size()) + columns - 1) / columns;
  cv::Mat sheet(rows * (side + kLine + kGap) + kGap, columns * (side + kGap) + kGap, CV_8UC3, kPaper);
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const int x = kGap + static_cast<int>(i) % columns * (side + kGap),
              y = kGap + static_cast<int>(i) / columns * (side + kLine + kGap);
    tiles[i].first.copyTo(sheet(cv::Rect(x, y, side, side)));
    write(sheet, tiles[i].second, {x, y + side + kLine - 4});
  }
  return Image(sheet);
}

}  // namespace unidg::dataset::templates
