#pragma once
#include <filesystem>
#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/image/image.h"

namespace unidg::testing {

inline constexpr int kTinySide = 64;

/// A photo of a specimen: grain that never repeats on the tone that all specimens share.
inline Image specimen(std::uint64_t number) {
  cv::RNG rng(number * 7919 + 1);
  cv::Mat grain(kTinySide, kTinySide, CV_32FC3);
  rng.fill(grain, cv::RNG::NORMAL, cv::Scalar(110, 120, 130), cv::Scalar(14, 14, 14));
  cv::circle(grain, {kTinySide / 2, kTinySide / 2}, 27, cv::Scalar(90, 100, 110), 2);
  cv::Mat out;
  grain.convertTo(out, CV_8UC3);
  return Image(out);
}

inline MaskedImage hurt(std::uint64_t number, const std::string& type) {
  cv::RNG rng(number * 104729 + 5);
  MaskedImage out{specimen(number + 1000), Mask(kTinySide, kTinySide)};
  const cv::Point at(rng.uniform(18, kTinySide - 18), rng.uniform(18, kTinySide - 18));
  if (type == "dark")
    cv::circle(out.mask.pixels(), at, 7, 255, cv::FILLED);
  else
    cv::rectangle(out.mask.pixels(), {at.x - 12, at.y - 2, 24, 5}, 255, cv::FILLED);
  const cv::Mat changed =
      type == "dark" ? cv::Mat(out.image.pixels() * 0.35) : cv::Mat(out.image.pixels() + cv::Scalar::all(80));
  changed.copyTo(out.image.pixels(), out.mask.pixels());
  return out;
}

inline std::string numbered(int i) { return text(i < 100 ? "0" : "", i < 10 ? "0" : "", i); }

/// A product in MVTec-AD's layout with the types `dark` and `line`; every specimen is another one.
inline std::filesystem::path write_tiny_product(const std::filesystem::path& folder, int per_type = 9,
                                                int good = 12, int good_test = 6, std::uint64_t first = 0) {
  for (int i = 0; i < good; ++i)
    save_png(folder / "train/good" / (numbered(i) + ".png"), specimen(first + static_cast<std::uint64_t>(i)));
  for (int i = 0; i < good_test; ++i)
    save_png(folder / "test/good" / (numbered(i) + ".png"),
             specimen(first + 500 + static_cast<std::uint64_t>(i)));
  for (const std::string type : {"dark", "line"}) {
    for (int i = 0; i < per_type; ++i) {
      const auto defect = hurt(first + static_cast<std::uint64_t>(i) + (type == "dark" ? 0 : 200), type);
      save_png(folder / "test" / type / (numbered(i) + ".png"), defect.image);
      save_png(folder / "ground_truth" / type / (numbered(i) + "_mask.png"), defect.mask);
    }
  }
  return folder;
}

}  // namespace unidg::testing
