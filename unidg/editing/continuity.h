#pragma once
#include "unidg/editing/fit.h"

namespace unidg::editing {

struct Continued {
  Fit fit;
  /// Structures meet: the fit was moved for them, or they agree as it is. The reference's photo then goes
  /// over into the scene, beyond its defect too.
  bool agrees = false;
};

/// Moves and turns a fit of the reference's mask so that what surrounds the defect in the reference goes on
/// in the scene: a chip of a rim comes to lie on the rim, a cut lead on a lead. Surroundings are compared in
/// a ring around the region asked for, each pair brought to one mean. The fit stays as it is where that is
/// hardly better (plain textures), or where it would uncover much of the region asked for.
/// @param reference CV_8UC3 @param mask CV_8UC1 of its size @param target CV_8UC3 @param asked CV_8UC1 of its
/// size; masks not empty
Continued continuous_fit(const Fit& fit, const cv::Mat& reference, const cv::Mat& mask, const cv::Mat& target,
                         const cv::Mat& asked);

}  // namespace unidg::editing
