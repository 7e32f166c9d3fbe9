#include "unidg/dataset/sets/sample.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <opencv2/imgproc.hpp>
#include <set>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/items.h"
#include "unidg/dataset/sets/polygons.h"
#include "unidg/dataset/sets/run_lengths.h"

namespace unidg::dataset::sets {
namespace {

constexpr int kLabelValues = 15;     // a mask whose largest value is this small holds labels
constexpr int kTemplateChange = 40;  // grey levels by which a defect differs from its template
constexpr double kSameShape = 0.02;  // proportions that still count as the same

cv::Mat fitted(const cv::Mat& mask, cv::Size size, const std::string& where) {
  if (mask.size() == size) return mask;
  const double across = static_cast<double>(mask.cols) / size.width,
               down = static_cast<double>(mask.rows) / size.height;
  if (std::abs(across - down) > kSameShape * std::max(across, down))
    throw InputError(where, ": the mask is ", mask.cols, " x ", mask.rows, " but its picture ", size.width,
                     " x ", size.height, ", of other proportions. Is it another picture's mask?");
  cv::Mat out;
  cv::resize(mask, out, size, 0, 0, cv::INTER_NEAREST);
  return out;
}

Mask load(const MaskFile& source, const Image& image) {
  const auto where = source.file.name();
  const auto decoded = decode_image(read_bytes(source.file), where);
  const cv::Size size(image.width(), image.height());
  cv::Mat grey;
  cv::cvtColor(decoded.rgb8(), grey, cv::COLOR_RGB2GRAY);
  double highest = 0;
  cv::minMaxLoc(grey, nullptr, &highest);
  const bool holds_labels = highest >= 1 && highest <= kLabelValues;
  if (source.defect == MaskFile::Defect::NonZero || holds_labels)
    return Mask(fitted(cv::Mat((grey > 0)), size, where));
  return Mask(fitted(mask_from_image(decoded, where).pixels(), size, where));
}

Mask load(const LabelColours& source, const Image& image) {
  const auto where = source.file.name();
  const auto labels = decode_image(read_bytes(source.file), where).rgb8();
  cv::Mat all = cv::Mat::zeros(labels.size(), CV_8UC1), one;
  for (const auto colour : source.colours) {
    const cv::Scalar rgb(colour >> 16 & 255, colour >> 8 & 255, colour & 255);
    cv::inRange(labels, rgb, rgb, one);
    all |= one;
  }
  return Mask(fitted(all, {image.width(), image.height()}, where));
}

Mask load(const RunLengths& source, const Image& image) {
  const auto mask = from_run_lengths(source, "run lengths");
  return Mask(fitted(mask.pixels(), {image.width(), image.height()}, "run lengths"));
}

Mask load(const Polygons& source, const Image& image) {
  Mask all(image.width(), image.height());
  for (const auto& ring : source.rings)
    all.pixels() |= fill_polygon(ring, {image.width(), image.height()}).pixels();
  return all;
}

Mask load(const Boxes& source, const Image& image) {
  Mask all(image.width(), image.height());
  const cv::Rect frame(0, 0, image.width(), image.height());
  for (const auto& box : source.boxes) {
    const cv::Rect inside = box & frame;
    if (!inside.empty()) all.pixels()(inside).setTo(255);
  }
  if (source.differs_from.is_empty()) return all;
  const auto where = source.differs_from.name();
  const auto normal = decode_image(read_bytes(source.differs_from), where);
  if (normal.width() != image.width() || normal.height() != image.height())
    throw InputError(where, ": the template is ", normal.width(), " x ", normal.height(), " but its picture ",
                     image.width(), " x ", image.height());
  cv::Mat a, b, change;
  cv::cvtColor(image.rgb8(), a, cv::COLOR_RGB2GRAY);
  cv::cvtColor(normal.rgb8(), b, cv::COLOR_RGB2GRAY);
  cv::absdiff(a, b, change);
  change = change > kTemplateChange;
  cv::morphologyEx(change, change, cv::MORPH_CLOSE, cv::getStructuringElement(cv::MORPH_RECT, {3, 3}));
  change &= all.pixels();
  // A box without a visible difference stays a box: the annotation is right more often than the threshold.
  for (const auto& box : source.boxes) {
    const cv::Rect inside = box & frame;
    if (!inside.empty() && cv::countNonZero(change(inside)) == 0) change(inside).setTo(255);
  }
  return Mask(change);
}

}  // namespace

std::string FileRef::name() const { return member.empty() ? path.string() : path.string() + "/" + member; }

std::string FileRef::extension() const {
  auto out = std::filesystem::path(member.empty() ? path.string() : member).extension().string();
  for (auto& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string read_bytes(const FileRef& file) {
  const auto limit = static_cast<std::size_t>(ImageLimits{}.max_bytes);
  if (file.bytes == 0 && file.member.empty()) return read_file(file.path, limit);
  if (file.bytes > limit)
    throw InputError(file.name(), ": ", file.bytes, " bytes, more than the limit of ", limit);
  std::ifstream in(file.path, std::ios::binary);
  std::string out(file.bytes, '\0');
  in.seekg(static_cast<std::streamoff>(file.offset));
  if (!in.read(out.data(), static_cast<std::streamsize>(file.bytes)))
    throw InputError(file.name(), ": cut short; copy the archive again");
  return out;
}

Mask load_part(const MaskPart& part, const Image& image) {
  return std::visit([&](const auto& source) { return load(source, image); }, part.source);
}

Mask load_mask(const Sample& sample, const Image& image) {
  Mask all(image.width(), image.height());
  for (const auto& part : sample.parts) all.pixels() |= load_part(part, image).pixels();
  return all;
}

std::string sample_id(const std::string& path) {
  static constexpr char digits[] = "0123456789abcdef";
  const auto hash = stable_hash(path);
  std::string tail;
  for (int i = 0; i < 10; ++i) tail += digits[hash >> 4 * i & 15];
  return file_safe(std::filesystem::path(path).replace_extension().generic_string(), 60) + "-" + tail;
}

std::string joined_types(const std::vector<MaskPart>& parts) {
  std::string out;
  std::set<std::string> seen;
  for (const auto& part : parts)
    if (seen.insert(part.type).second) out += (out.empty() ? "" : "+") + part.type;
  return parts.empty() ? "good" : out;
}

}  // namespace unidg::dataset::sets
