#pragma once
#include <filesystem>
#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "unidg/dataset/templates/placement.h"
#include "unidg/preparation/prepare.h"

namespace unidg::preparation {

/// Training samples of the Inpainting Agent (App. A.1): a photo with 1 to 3 masks on its foreground is the
/// condition, the photo itself the target. There is no reference: plain mode (choices.md 74c). The holes are
/// blanked by filling them smoothly from their border, since the small model predicts the rest to that.
struct InpaintConfig {
  std::int64_t size = 128;     ///< side of the picture, pixels
  std::int64_t pairs = 12000;  ///< samples
  std::int64_t least_masks = 1, most_masks = 3;
  std::string window = "zoom";  ///< zoom: a square part of the photo; photo: all of it, padded to a square
  std::int64_t gap_px = 6;      ///< source pixels between a mask and the annotated defect, before dilation
  double abnormal = 0.5;        ///< share of defective photos, where the corpus has both
  double procedural = 0.2;      ///< share of drawn products
  std::int64_t shard_pairs = 512;
  double held_out = 0.03;
  std::int64_t seed = 0;
  dataset::templates::PlaceConfig place;  ///< of masks from a library
  dataset::MaskConfig masks;              ///< of drawn masks, when there is no library
};
void fields(FieldVisitor& visit, InpaintConfig& c);

/// A photo as the agent is trained on it.
struct InpaintPhoto {
  Image image;
  Mask defect;  ///< annotated; empty-sized or empty for a good photo
};

struct InpaintPair {
  cv::Mat target;              ///< CV_8UC3 size x size, the photo; a defect stays in it
  cv::Mat collage;             ///< CV_8UC3, the same with its holes blanked
  cv::Mat mask;                ///< CV_8UC1, the holes; never on the annotated defect
  std::vector<cv::Mat> holes;  ///< CV_8UC1 in the window's pixels, one a mask, before dilation
  cv::Rect window;             ///< of the photo; may leave it when padded
};

/// Draws window, masks and dilation. @param library null: drawn masks
/// @returns nothing when the window shows too little foreground that is free of defects
std::optional<InpaintPair> make_inpaint_pair(const InpaintPhoto& photo,
                                             const dataset::templates::TemplateLibrary* library,
                                             const InpaintConfig& config, Rng& rng);

/// Writes shards without references (training/shards.h), as `prepare` does. @param corpus empty: drawn
/// products alone  @param library folder of `unidg masks build`; empty: drawn masks
PrepareReport prepare_inpaint(const std::filesystem::path& corpus, const std::filesystem::path& library,
                              const std::filesystem::path& out, const InpaintConfig& config);

}  // namespace unidg::preparation
