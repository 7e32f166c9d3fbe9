#include "unidg/evaluation/metrics/classes.h"

#include "unidg/core/error.h"

namespace unidg::evaluation {
namespace {

std::vector<std::string> numbered(int classes) {
  std::vector<std::string> names;
  for (int i = 0; i < classes; ++i) names.push_back(std::to_string(i));
  return names;
}

std::optional<double> ratio(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

cv::Mat as_indices(const cv::Mat& map, const std::string& name) {
  if (map.type() != CV_8UC1 && map.type() != CV_16UC1 && map.type() != CV_32SC1)
    throw InputError(name, ": a map of classes holds one integer a pixel (8, 16 or 32 bits)");
  cv::Mat out;
  map.convertTo(out, CV_32S);
  return out;
}

template <typename Number>
Json or_null(const std::optional<Number>& value) {
  return value ? Json(*value) : Json(nullptr);
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(std::vector<std::string> names) : names_(std::move(names)) {
  if (names_.empty()) throw UsageError("a confusion matrix needs at least one class");
  counts_.assign(names_.size() * names_.size(), 0);
}

ConfusionMatrix::ConfusionMatrix(int classes) : ConfusionMatrix(numbered(classes)) {}

void ConfusionMatrix::add(int truth, int predicted, std::int64_t count) {
  for (const int index : {truth, predicted})
    if (index < 0 || index >= classes())
      throw InputError("class ", index, " is none of the ", classes(), " classes 0 to ", classes() - 1);
  counts_[static_cast<std::size_t>(truth * classes() + predicted)] += count;
}

void ConfusionMatrix::add(const cv::Mat& truth, const cv::Mat& predicted, const std::string& name) {
  if (truth.size() != predicted.size())
    throw InputError(name, ": the prediction is ", predicted.cols, "x", predicted.rows, " but its truth is ",
                     truth.cols, "x", truth.rows);
  const auto from = as_indices(truth, name), to = as_indices(predicted, name);
  const auto limit = static_cast<unsigned>(classes());
  auto counts = counts_;  // a map with a wrong class adds nothing
  for (int y = 0; y < from.rows; ++y)
    for (int x = 0; x < from.cols; ++x) {
      const int row = from.at<int>(y, x), column = to.at<int>(y, x);
      if (static_cast<unsigned>(row) >= limit || static_cast<unsigned>(column) >= limit)
        throw InputError(name, ": pixel (", x, ", ", y, ") has truth ", row, " and prediction ", column,
                         ", but the classes are 0 to ", classes() - 1);
      ++counts[static_cast<std::size_t>(row * classes() + column)];
    }
  counts_ = std::move(counts);
}

void ConfusionMatrix::add(const ConfusionMatrix& other) {
  if (other.names_ != names_) throw UsageError("confusion matrices of different classes cannot be added");
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
}

std::int64_t ConfusionMatrix::count(int truth, int predicted) const {
  return counts_.at(static_cast<std::size_t>(truth * classes() + predicted));
}

std::int64_t ConfusionMatrix::total() const {
  std::int64_t sum = 0;
  for (const auto count : counts_) sum += count;
  return sum;
}

std::optional<double> ConfusionMatrix::accuracy() const {
  std::int64_t right = 0;
  for (int i = 0; i < classes(); ++i) right += count(i, i);
  return ratio(right, total());
}

std::optional<double> ConfusionMatrix::balanced_accuracy() const {
  double sum = 0;
  int seen = 0;
  for (int i = 0; i < classes(); ++i) {
    std::int64_t of_class = 0;
    for (int j = 0; j < classes(); ++j) of_class += count(i, j);
    if (const auto recall = ratio(count(i, i), of_class)) {
      sum += *recall;
      ++seen;
    }
  }
  if (seen == 0) return std::nullopt;
  return sum / seen;
}

std::optional<double> ConfusionMatrix::iou(int index) const {
  std::int64_t joint = -count(index, index);  // counted in its row and in its column
  for (int i = 0; i < classes(); ++i) joint += count(index, i) + count(i, index);
  return ratio(count(index, index), joint);
}

std::optional<double> ConfusionMatrix::mean_iou() const { return mean_iou_from(0); }
std::optional<double> ConfusionMatrix::foreground_iou() const { return mean_iou_from(1); }

std::optional<double> ConfusionMatrix::mean_iou_from(int first) const {
  double sum = 0;
  int seen = 0;
  for (int i = first; i < classes(); ++i)
    if (const auto value = iou(i)) {
      sum += *value;
      ++seen;
    }
  if (seen == 0) return std::nullopt;
  return sum / seen;
}

Json to_json(const ConfusionMatrix& matrix) {
  auto rows = Json::array();
  for (int i = 0; i < matrix.classes(); ++i) {
    auto row = Json::array();
    for (int j = 0; j < matrix.classes(); ++j) row.push_back(matrix.count(i, j));
    rows.push_back(row);
  }
  return {{"classes", matrix.names()},
          {"counts", rows},
          {"accuracy", or_null(matrix.accuracy())},
          {"miou", or_null(matrix.mean_iou())},
          {"bg_iou", or_null(matrix.background_iou())},
          {"fg_iou", or_null(matrix.foreground_iou())}};
}

}  // namespace unidg::evaluation
