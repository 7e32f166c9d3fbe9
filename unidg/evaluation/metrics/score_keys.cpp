#include "unidg/evaluation/metrics/score_keys.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <opencv2/core/utility.hpp>

namespace unidg::evaluation {
namespace {

constexpr int kDigit = 10;  ///< bits a pass of the bucket sort

/// Least significant digit first, over the `bits` low bits in which the keys differ.
template <typename Key>
void sort_bucket(Key* begin, std::size_t count, int bits, std::vector<Key>& spare) {
  if (count < 512) return std::sort(begin, begin + count);
  if (spare.size() < count) spare.resize(count);
  Key *from = begin, *to = spare.data();
  for (int shift = 0; shift < bits; shift += kDigit) {
    std::array<std::size_t, 1 << kDigit> at{};
    const auto digit = [shift](Key key) {
      return static_cast<std::size_t>(key >> shift) & ((1 << kDigit) - 1);
    };
    for (std::size_t i = 0; i < count; ++i) ++at[digit(from[i])];
    if (std::ranges::find(at, count) != at.end()) continue;  // all keys share this digit
    std::exclusive_scan(at.begin(), at.end(), at.begin(), std::size_t{0});
    for (std::size_t i = 0; i < count; ++i) to[at[digit(from[i])]++] = from[i];
    std::swap(from, to);
  }
  if (from != begin) std::copy(from, from + count, begin);
}

}  // namespace

template <typename Key>
std::vector<Key> sorted_keys(const std::vector<std::vector<Key>>& parts) {
  Key low = ~Key{0}, high = 0;
  std::size_t count = 0;
  for (const auto& part : parts) {
    count += part.size();
    for (const auto key : part) {
      low = std::min(low, key);
      high = std::max(high, key);
    }
  }
  std::vector<Key> keys(count);
  if (count == 0) return keys;

  // The leading 12 bits in which keys can differ decide the bucket.
  constexpr int kBucketBits = 12;
  const int shift = std::max(static_cast<int>(std::bit_width(static_cast<Key>(high - low))) - kBucketBits, 0);
  std::vector<std::size_t> ends((1 << kBucketBits) + 1, 0);
  for (const auto& part : parts)
    for (const auto key : part) ++ends[static_cast<std::size_t>((key - low) >> shift) + 1];
  std::inclusive_scan(ends.begin(), ends.end(), ends.begin());
  auto starts = ends;
  for (const auto& part : parts)
    for (const auto key : part) keys[starts[static_cast<std::size_t>((key - low) >> shift)]++] = key - low;

  cv::parallel_for_(
      cv::Range(0, 1 << kBucketBits),
      [&](const cv::Range& buckets) {
        std::vector<Key> spare;
        for (int b = buckets.start; b < buckets.end; ++b) {
          const auto begin = ends[static_cast<std::size_t>(b)], end = ends[static_cast<std::size_t>(b) + 1];
          sort_bucket(keys.data() + begin, end - begin, shift, spare);
          for (auto i = begin; i < end; ++i) keys[i] += low;
        }
      },
      /*nstripes=*/64);  // buckets differ much in size
  return keys;
}

template std::vector<std::uint32_t> sorted_keys(const std::vector<std::vector<std::uint32_t>>&);
template std::vector<std::uint64_t> sorted_keys(const std::vector<std::vector<std::uint64_t>>&);

}  // namespace unidg::evaluation
