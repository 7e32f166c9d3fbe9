#pragma once
#include <opencv2/core.hpp>

#include "unidg/image/image.h"

namespace unidg::editing {

/// The reference's region where the mask asks for it, at its own size and with its own pixels.
struct OwnSize {
  cv::Mat pixels;  ///< CV_8UC3, the scene's size: the reference's photo, turned and moved
  cv::Mat inside;  ///< CV_8UC1: where that photo reaches; black elsewhere
  Mask shape;      ///< the reference's mask there; empty when it falls outside the frame
};

/// Lays the reference on the mask asked for without scaling it: centroid to centroid, mirrored or turned as
/// fits best (editing/fit.h), small turns left out, then moved by a few pixels to where its surroundings in
/// the reference agree best with the scene's, if they agree clearly better there. Every pixel is one of the
/// reference's: nothing is interpolated, so the grain stays the photograph's; without a turn the move is by
/// whole pixels.
/// @param reference image and mask of one size; brought to the scene's size first where that differs: photos
/// that frame their product alike
/// @param scene CV_8UC3 @param asked not empty; the scene's size
/// @throws InputError for an empty reference mask or one of another size than its image
OwnSize lay_own_size(const MaskedImage& reference, const cv::Mat& scene, const Mask& asked);

/// The scene with the laid region in it, blended over a few pixels around the shape, inside `used` alone.
/// Light: by whole levels where the two photos' levels agree (`gain` 1), by share of the light where not;
/// estimated on the shape's surroundings.
/// @param scene CV_8UC3 @param used where anything may change @param gain of editing/likeness.h
cv::Mat blend_own_size(const OwnSize& laid, const cv::Mat& scene, const Mask& used, double gain);

}  // namespace unidg::editing
