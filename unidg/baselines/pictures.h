#pragma once
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "unidg/core/rng.h"
#include "unidg/image/image.h"

namespace unidg::baselines {

/// A random place of a patch inside the frame. @param patch, frame sizes, pixels; the patch is not larger
cv::Rect random_place(cv::Size patch, cv::Size frame, Rng& rng);

/// Files that a baseline draws pictures from. The last few decoded ones are kept; calls from several threads
/// are allowed.
class Pictures {
 public:
  Pictures() = default;
  /// @param with_product also find the product in each (foreground)
  Pictures(std::vector<std::filesystem::path> files, bool with_product)
      : files_(std::move(files)), with_product_(with_product) {}

  bool is_empty() const { return files_.empty(); }
  std::size_t count() const { return files_.size(); }
  /// For the settings: "12 pictures, 0a1b2c3d", a hash of their file names.
  std::string identity() const;

  struct Picture {
    cv::Mat rgb;      ///< CV_8UC3
    cv::Mat product;  ///< CV_8UC1; empty unless asked for
  };
  /// @throws InputError when the file cannot be read
  Picture at(std::size_t index) const;

 private:
  std::vector<std::filesystem::path> files_;
  bool with_product_ = false;
  mutable std::mutex mutex_;
  mutable std::map<std::size_t, Picture> kept_;
};

}  // namespace unidg::baselines
