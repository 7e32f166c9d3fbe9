#include <opencv2/imgproc.hpp>

#include "unidg/dataset/gallery.h"

namespace unidg::dataset {
namespace {

const cv::Scalar kPaper(247, 247, 245), kInk(34, 36, 40), kFaint(120, 124, 130), kMark(255, 36, 110);

/// Fits a picture into a square cell, centred.
void put(cv::Mat& sheet, const cv::Mat& picture, int x, int y, int cell) {
  const double scale = static_cast<double>(cell) / std::max(picture.cols, picture.rows);
  const cv::Size size(std::max(1, static_cast<int>(picture.cols * scale)),
                      std::max(1, static_cast<int>(picture.rows * scale)));
  cv::Mat fitted;
  cv::resize(picture, fitted, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  fitted.copyTo(
      sheet(cv::Rect(x + (cell - size.width) / 2, y + (cell - size.height) / 2, size.width, size.height)));
}

/// The mask's outline, thick enough to survive the way into a cell.
cv::Mat outlined(const cv::Mat& picture, const Mask& mask, int cell) {
  cv::Mat out = picture.clone();
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(mask.pixels().clone(), contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  cv::drawContours(out, contours, -1, kMark, std::max(1, std::max(out.cols, out.rows) * 3 / (2 * cell)));
  return out;
}

void write(cv::Mat& sheet, const std::string& words, int x, int y, double scale, const cv::Scalar& colour) {
  cv::putText(sheet, words, {x, y}, cv::FONT_HERSHEY_SIMPLEX, scale, colour, 1, cv::LINE_AA);
}

}  // namespace

cv::Rect zoom_window(const Mask& mask) {
  const cv::Rect box = mask.box(), frame(0, 0, mask.width(), mask.height());
  const int longest = std::max(box.width, box.height);
  const int side = std::min({std::max(static_cast<int>(longest * 1.5), 40), frame.width, frame.height});
  const int width = std::max(side, std::min(box.width, frame.width)),
            height = std::max(side, std::min(box.height, frame.height));
  const int x = std::clamp(box.x + box.width / 2 - width / 2, 0, frame.width - width);
  const int y = std::clamp(box.y + box.height / 2 - height / 2, 0, frame.height - height);
  return {x, y, width, height};
}

Image contact_sheet(const std::filesystem::path& folder, const std::vector<ManifestEntry>& entries,
                    const GalleryConfig& config) {
  std::vector<const ManifestEntry*> shown;
  for (const auto& entry : entries)
    if (!entry.abnormal.empty()) shown.push_back(&entry);
  if (static_cast<int>(shown.size()) > config.rows) {  // evenly chosen
    std::vector<const ManifestEntry*> some;
    for (int i = 0; i < config.rows; ++i)
      some.push_back(shown[i * shown.size() / static_cast<std::size_t>(config.rows)]);
    shown = some;
  }
  const int gap = 8, caption = 22, cell = config.cell, row_height = cell + caption + gap, head = 30;
  static const std::vector<std::string> columns = {"reference", "source", "mask", "result", "zoom"};
  cv::Mat sheet(head + static_cast<int>(std::max<std::size_t>(1, shown.size())) * row_height + gap,
                gap + static_cast<int>(columns.size()) * (cell + gap), CV_8UC3, kPaper);
  for (std::size_t i = 0; i < columns.size(); ++i)
    write(sheet, columns[i], gap + static_cast<int>(i) * (cell + gap), 20, 0.5, kInk);

  int y = head;
  for (const auto* entry : shown) {
    const auto at = [&](int column) { return gap + column * (cell + gap); };
    const Image result = load_image(folder / entry->abnormal);
    const Mask mask = load_mask(folder / entry->mask);
    if (!entry->reference.empty())
      put(sheet,
          outlined(load_image(folder / entry->reference).rgb8(), load_mask(folder / entry->reference_mask),
                   cell),
          at(0), y, cell);
    else
      write(sheet, "none", at(0) + cell / 2 - 16, y + cell / 2, 0.45, kFaint);
    cv::Mat white;
    cv::cvtColor(mask.pixels(), white, cv::COLOR_GRAY2RGB);
    if (!entry->normal.empty())
      put(sheet, load_image(folder / entry->normal).rgb8(), at(1), y, cell);
    else
      write(sheet, "none", at(1) + cell / 2 - 16, y + cell / 2, 0.45, kFaint);
    put(sheet, white, at(2), y, cell);
    put(sheet, result.rgb8(), at(3), y, cell);
    if (!mask.is_empty()) put(sheet, result.rgb8()(zoom_window(mask)), at(4), y, cell);
    const auto how =
        entry->model.empty() ? "" : "   seed " + std::to_string(entry->seed) + "   " + entry->model;
    write(sheet, entry->id + how, gap, y + cell + 16, 0.42, kFaint);
    if (entry->status != "ok") write(sheet, entry->status, at(4), y + cell + 16, 0.45, kMark);
    y += row_height;
  }
  return Image(sheet);
}

}  // namespace unidg::dataset
