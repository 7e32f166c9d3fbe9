#pragma once
#include <filesystem>

#include "unidg/models/sam/sam2.h"
#include "unidg/segmentation/automatic.h"

namespace unidg::segmentation {

/// SAM 2 asked in a picture's own pixels.
class Sam2Segmenter {
 public:
  /// A folder with model.safetensors and config.json as transformers has them (facebook/sam2.1-hiera-tiny and
  /// its like), or the file alone when it is of a published size. What serves films is left out and counted
  /// in a line of the log. On a GPU where there is one, fp32 everywhere.
  /// @throws InputError, FormatError naming file and tensor
  static Sam2Segmenter load(const std::filesystem::path& path);
  explicit Sam2Segmenter(models::sam::Sam2 net);

  /// A picture, encoded once.
  struct Picture {
    models::sam::PictureEmbedding embedding;
    cv::Size size;
  };
  Picture encode(const Image& image) const;
  /// @param prompts points and boxes in the picture's pixels, on any device
  /// @returns masks at the decoder's size (`at_picture_size`)
  models::sam::Predictions ask(const Picture& picture, models::sam::Prompts prompts,
                               models::sam::MaskChoice choice) const;
  std::vector<Segment> automatic(const Picture& picture, const AutomaticConfig& config) const;

 private:
  mutable models::sam::Sam2 net_;  // LibTorch's forward is not const
};

}  // namespace unidg::segmentation
