#include "unidg/baselines/pictures.h"

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/image/foreground.h"

namespace unidg::baselines {

cv::Rect random_place(cv::Size patch, cv::Size frame, Rng& rng) {
  const auto x = static_cast<int>(rng.integer(frame.width - patch.width + 1));
  const auto y = static_cast<int>(rng.integer(frame.height - patch.height + 1));
  return {{x, y}, patch};
}

std::string Pictures::identity() const {
  std::string names;
  for (const auto& file : files_) names += file.filename().string() + "\n";
  return text(files_.size(), " pictures, ", sha256_hex(names).substr(0, 8));
}

Pictures::Picture Pictures::at(std::size_t index) const {
  constexpr std::size_t kKept = 24;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = kept_.find(index); found != kept_.end()) return found->second;
  }
  const auto image = load_image(files_.at(index));
  const Picture picture{image.rgb8(), with_product_ ? foreground(image).pixels() : cv::Mat()};
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= kKept) kept_.clear();
  kept_.emplace(index, picture);
  return picture;
}

}  // namespace unidg::baselines
