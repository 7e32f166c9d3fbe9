#pragma once
#include <memory>

#include "unidg/segmentation/sam2_segmenter.h"

namespace unidg::segmentation {

/// Where the product is, and how sure that is.
struct Foreground {
  Mask mask;           ///< never empty
  std::string source;  ///< "border colours", "whole picture", "sam2" or "sam2 and border colours"
  // The least of the parts that SAM 2 was asked about, whether its answer was taken or not; 1 where it was
  // not.
  double agreement = 1;      ///< IoU of its answer with the part
  double predicted_iou = 1;  ///< its own guess
};

/// Finds the product in a photo (Sec. 3.1, A.1: "SAM foreground").
class ForegroundModel {
 public:
  virtual ~ForegroundModel() = default;
  virtual std::string name() const = 0;
  virtual Foreground find(const Image& image) const = 0;
};

/// `unidg::foreground`: what differs from the border's colours. No weights.
class ColourForeground : public ForegroundModel {
 public:
  std::string name() const override { return "border colours"; }
  Foreground find(const Image& image) const override;
};

/// SAM 2 told by the border's colours where to look. The paper does not say how SAM was asked; the automatic
/// masks cut a product into its parts, so here each component of the colours' foreground is a prompt of its
/// own: its box and its innermost point. Of SAM's three answers (part, whole, ...) the one most like the
/// component is taken, however its outline differs; an answer less alike than `least_agreement` is another
/// thing, and the component stays as the colours have it. A picture that is product everywhere (a texture) is
/// not asked about.
class Sam2Foreground : public ForegroundModel {
 public:
  explicit Sam2Foreground(std::shared_ptr<const Sam2Segmenter> segmenter, double least_agreement = 0.5)
      : segmenter_(std::move(segmenter)), least_agreement_(least_agreement) {}
  std::string name() const override { return "sam2"; }
  Foreground find(const Image& image) const override;

 private:
  std::shared_ptr<const Sam2Segmenter> segmenter_;
  double least_agreement_;
};

/// One connected part of a foreground and what SAM 2 is asked about it.
struct Component {
  cv::Mat pixels;   ///< CV_8UC1 of the picture's size
  cv::Rect box;     ///< tight
  cv::Point inner;  ///< farthest from the component's edge; the picture's border counts as edge
};
/// Largest first.
std::vector<Component> components(const Mask& mask);

/// Pixels in both over pixels in either; 0 when both are empty.
double overlap(const cv::Mat& a, const cv::Mat& b);

}  // namespace unidg::segmentation
