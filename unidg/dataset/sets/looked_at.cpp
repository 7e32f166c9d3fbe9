#include "unidg/dataset/sets/looked_at.h"

#include <opencv2/imgproc.hpp>

#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/sets/parallel.h"

namespace unidg::dataset::sets {
namespace {

constexpr std::size_t kLookBatch = 128;
constexpr int kFewPixels = 4;
constexpr double kNearlyAll = 0.95;
constexpr double kInvertedArea = 0.5, kInvertedBorder = 0.9;
constexpr double kSameLevels = 1.0;  // mean difference inside the mask that is no difference
constexpr double kFarLevels = 25;    // mean difference outside the mask that is another picture

/// Share of the outermost pixels that are set.
double border_share(const cv::Mat& mask) {
  cv::Mat ring = cv::Mat::zeros(mask.size(), CV_8UC1);
  cv::rectangle(ring, {0, 0, mask.cols, mask.rows}, 255);
  return static_cast<double>(cv::countNonZero(mask & ring)) / cv::countNonZero(ring);
}

void look_at_mask(const Mask& mask, LookedAt& out) {
  const auto& entry = out.entry;
  const auto fault = [&](const char* kind, const std::string& about) { out.faults.push_back({kind, about}); };
  if (mask.width() != entry.width || mask.height() != entry.height) {
    fault(kind::kMaskSize,
          text("mask ", mask.width(), " x ", mask.height(), ", picture ", entry.width, " x ", entry.height));
    return;
  }
  const int area = mask.area();
  if (area == 0) return fault(kind::kMaskEmpty, "no pixel is set");
  if (area != entry.mask_area)
    fault(kind::kChanged, text("mask has ", area, " pixels, ", entry.mask_area, " at the import"));
  const auto share = text(static_cast<int>(100 * mask.area_ratio()), " % of the picture");
  if (area < kFewPixels)
    fault(kind::kMaskTiny, text(area, area == 1 ? " pixel" : " pixels"));
  else if (mask.area_ratio() > kNearlyAll)
    fault(kind::kMaskFull, share);
  else if (mask.area_ratio() > kInvertedArea && border_share(mask.pixels()) > kInvertedBorder)
    fault(kind::kMaskInverted, share + " and nearly all of its border");
}

void look_at_normal(const Image& image, const Image& normal, const Mask& mask, LookedAt& out) {
  if (normal.width() != image.width() || normal.height() != image.height()) {
    out.faults.push_back({kind::kNormalSize, text("normal ", normal.width(), " x ", normal.height(),
                                                  ", picture ", image.width(), " x ", image.height())});
    return;
  }
  if (mask.width() != image.width() || mask.height() != image.height() || mask.is_empty()) return;
  cv::Mat change;
  cv::absdiff(image.rgb8(), normal.rgb8(), change);
  cv::cvtColor(change, change, cv::COLOR_RGB2GRAY);
  const double inside = cv::mean(change, mask.pixels())[0],
               outside = cv::mean(change, 255 - mask.pixels())[0];
  if (inside < kSameLevels)
    out.faults.push_back({kind::kNormalSame, text("mean difference inside the mask ", inside, " of 255")});
  if (outside > kFarLevels)
    out.faults.push_back({kind::kNormalFar, text("mean difference outside the mask ", outside, " of 255")});
}

}  // namespace

LookedAt look_at(const SetEntry& entry, const std::filesystem::path& set, bool all) {
  LookedAt out;
  out.entry = entry;
  Image image;
  Mask mask;
  const auto attempt = [&](const std::string& file, const auto& read) {
    try {
      read(set / file);
      return true;
    } catch (const InputError& error) {
      const std::string words = error.what(), place = set.string() + "/";
      out.faults.push_back(
          {kind::kUnreadable, words.rfind(place, 0) == 0 ? words.substr(place.size()) : words});
      return false;
    }
  };
  out.is_readable = attempt(entry.picture(), [&](const auto& path) {
    const auto bytes = read_bytes({path});
    if (bytes.empty()) throw InputError(path.string(), ": the file is empty (zero bytes)");
    image = decode_image(bytes, path.string());
    out.sha256 = sha256_hex(bytes), out.hash = picture_hash(image);
  });
  if (!all) return out;
  if (out.is_readable && !entry.sha256.empty() && out.sha256 != entry.sha256)
    out.faults.push_back({kind::kChanged, entry.picture()});
  if (out.is_readable && entry.width == 0) out.entry.width = image.width(), out.entry.height = image.height();
  if (!entry.is_normal()) {
    const bool has_mask = attempt(entry.mask, [&](const auto& path) { mask = unidg::load_mask(path); });
    if (has_mask) look_at_mask(mask, out);
    Image normal;
    if (!entry.normal.empty() &&
        attempt(entry.normal, [&](const auto& path) { normal = load_image(path); }) && out.is_readable)
      look_at_normal(image, normal, mask, out);
  }
  if (!entry.category)
    out.faults.push_back({kind::kNoCategory, text("type '", entry.type, "' of ", entry.source)});
  if (entry.licence.empty()) out.faults.push_back({kind::kNoLicence, "source " + entry.source});
  if (entry.origin == "synthesised" && entry.split == "test")
    out.faults.push_back({kind::kSynthetic, "split test"});
  return out;
}

void look_at_set(const std::filesystem::path& set, bool all, int threads, const std::string& what,
                 const std::function<void(LookedAt)>& visit) {
  Progress progress(what, static_cast<std::int64_t>(count_entries(set)));
  std::vector<SetEntry> batch;
  const auto flush = [&] {
    std::vector<LookedAt> seen(batch.size());
    parallel(batch.size(), threads, [&](std::size_t i) { seen[i] = look_at(batch[i], set, all); });
    for (auto& one : seen) visit(std::move(one));
    progress.advance(static_cast<std::int64_t>(batch.size()));
    batch.clear();
    if (interrupted()) throw Interrupted(what, " stopped; nothing was changed");
  };
  each_entry(set, [&](SetEntry entry) {
    batch.push_back(std::move(entry));
    if (batch.size() == kLookBatch) flush();
  });
  flush();
}

}  // namespace unidg::dataset::sets
