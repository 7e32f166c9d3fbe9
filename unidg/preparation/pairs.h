#pragma once
#include <opencv2/core.hpp>
#include <optional>

#include "unidg/core/rng.h"
#include "unidg/editing/diptych.h"

namespace unidg::preparation {

/// One training pair as pictures of one size (see training::PairBatch).
struct Pair {
  cv::Mat reference;  ///< CV_8UC3, the reference's defect on white
  cv::Mat target;     ///< CV_8UC3, the window with its true defect
  cv::Mat collage;    ///< CV_8UC3, the window with its hole filled by the collage
  cv::Mat mask;       ///< CV_8UC1, the used mask
};

/// A window around the defect (or one of its parts): its side is the mask's longest side times a random
/// context, its place random as long as it holds the mask.
/// @param abnormal the photo with its mask @param normal the aligned defect-free photo, if there is one
/// @param reference another photo with its mask @returns nothing when the mask is too small or the window
/// degenerates
std::optional<Pair> make_pair(const MaskedImage& abnormal, const std::optional<Image>& normal,
                              const MaskedImage& reference, int size, Rng& rng);

/// Light, tone and sharpness of a photo changed at random; masks keep.
MaskedImage jitter(const MaskedImage& picture, Rng& rng);

/// A guess at the defect-free picture of a texture: the masked part replaced by a clean part of the same
/// picture.
/// @returns nothing when no clean part of that size exists
std::optional<cv::Mat> clone_clean_part(const cv::Mat& picture, const cv::Mat& mask,
                                        const cv::Mat& all_defects, Rng& rng);

}  // namespace unidg::preparation
