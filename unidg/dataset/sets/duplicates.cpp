#include "unidg/dataset/sets/duplicates.h"

#include <algorithm>
#include <bit>
#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/core/rng.h"

namespace unidg::dataset::sets {
namespace {

constexpr double kFlat = 1e-2;        // length of a fine structure that is none
constexpr std::size_t kTypical = 16;  // pictures that stand for a product
constexpr std::size_t kFewestTypical = 8;
constexpr std::size_t kCompared = 4;  // of the nearest hashes: decoding costs

cv::Mat grey(const Image& image, cv::Size size) {
  cv::Mat out;
  cv::resize(image.rgb8(), out, size, 0, 0, cv::INTER_AREA);  // before the colours: an eighth of the work
  cv::cvtColor(out, out, cv::COLOR_RGB2GRAY);
  out.convertTo(out, CV_32F);
  return out;
}

std::uint16_t band(const PictureHash& hash, int number) {
  return static_cast<std::uint16_t>(hash[static_cast<std::size_t>(number / 4)] >> number % 4 * 16);
}

}  // namespace

PictureHash picture_hash(const Image& image) {
  PictureHash out{};
  const cv::Mat cells = grey(image, {17, 16});
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 16; ++x)
      if (cells.at<float>(y, x + 1) > cells.at<float>(y, x))
        out[static_cast<std::size_t>(y / 4)] |= std::uint64_t{1} << (y % 4 * 16 + x);
  return out;
}

int distance(const PictureHash& a, const PictureHash& b, int enough) {
  int bits = 0;
  for (std::size_t i = 0; i < a.size() && bits <= enough; ++i) bits += std::popcount(a[i] ^ b[i]);
  return bits;
}

cv::Mat fine_structure(const Image& image) {
  cv::Mat out = grey(image, {64, 64}), blurred;
  cv::GaussianBlur(out, blurred, {0, 0}, 3);
  out -= blurred;
  out -= cv::mean(out)[0];
  const double length = cv::norm(out);
  if (length < kFlat) return cv::Mat::zeros(out.size(), CV_32F);
  return out / length;
}

double likeness(const cv::Mat& a, const cv::Mat& b, const cv::Mat& typical) {
  const bool is_flat_a = cv::countNonZero(a) == 0, is_flat_b = cv::countNonZero(b) == 0;
  if (is_flat_a || is_flat_b) return is_flat_a && is_flat_b ? 1 : 0;
  const cv::Mat x = typical.empty() ? a : cv::Mat(a - typical),
                y = typical.empty() ? b : cv::Mat(b - typical);
  const double length = cv::norm(x) * cv::norm(y);
  return length < 1e-9 ? 1 : x.dot(y) / length;
}

std::vector<NearIndex::Near> NearIndex::near_then_add(const PictureHash& hash) {
  std::vector<Near> out;
  const auto number = static_cast<std::uint32_t>(hashes_.size());
  for (int i = 0; i < 16; ++i) {
    auto& sharing = bands_[static_cast<std::size_t>(i)][band(hash, i)];
    for (std::size_t at = sharing.size() - std::min(sharing.size(), kMost); at < sharing.size(); ++at) {
      const auto& other = hashes_[sharing[at]];
      const int far = distance(hash, other, kFarthest);
      if (far <= kFarthest) out.push_back({sharing[at], far});
    }
    sharing.push_back(number);
  }
  hashes_.push_back(hash);
  std::sort(out.begin(), out.end(), [](const Near& a, const Near& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.number < b.number;
  });
  const auto same = [](const Near& a, const Near& b) { return a.number == b.number; };  // found in two bands
  out.erase(std::unique(out.begin(), out.end(), same), out.end());
  return out;
}

NearPictures::NearPictures(std::filesystem::path set) : set_(std::move(set)) {
  each_entry(set_, [&](const SetEntry& entry) {
    auto& pictures = product_of(entry).pictures;  // those with the smallest hashes, whatever the order
    pictures.emplace_back(stable_hash("typical/" + entry.id), entry.picture());
    std::push_heap(pictures.begin(), pictures.end());
    if (pictures.size() <= kTypical) return;
    std::pop_heap(pictures.begin(), pictures.end());
    pictures.pop_back();
  });
}

NearPictures::Product& NearPictures::product_of(const SetEntry& entry) {
  return products_[entry.source + "\n" + entry.object];
}

const cv::Mat& NearPictures::typical(Product& product) {
  if (product.typical) return *product.typical;
  cv::Mat sum;
  std::size_t count = 0;
  for (const auto& [hash, picture] : product.pictures) {
    try {
      const auto fine = fine_structure(load_image(set_ / picture));
      sum = sum.empty() ? fine.clone() : cv::Mat(sum + fine);
      ++count;
    } catch (const InputError&) {  // named by the check itself
    }
  }
  product.typical = count < kFewestTypical ? cv::Mat() : cv::Mat(sum / static_cast<double>(count));
  return *product.typical;
}

std::optional<NearPictures::Found> NearPictures::find_then_add(const SetEntry& entry, const PictureHash& hash,
                                                               bool compare) {
  auto& product = product_of(entry);
  auto candidates = index_.near_then_add(hash);
  if (candidates.size() > kCompared) candidates.resize(kCompared);
  seen_.push_back({entry.picture(), &product});
  if (!compare || candidates.empty()) return std::nullopt;
  const auto fine = fine_structure(load_image(set_ / entry.picture()));
  for (const auto& [number, far] : candidates) {
    const auto& earlier = seen_[number];
    const auto shared = earlier.product == &product ? typical(product) : cv::Mat();
    const double like = likeness(fine, fine_structure(load_image(set_ / earlier.picture)), shared);
    if (like >= kSamePicture) return Found{number, like};
  }
  return std::nullopt;
}

}  // namespace unidg::dataset::sets
