#pragma once
#include <functional>
#include <opencv2/core.hpp>

#include "unidg/editing/continuity.h"

namespace unidg::editing {

/// Lays the reference's defect along the region asked for. Both masks are seen along their principal axes as
/// a ribbon: a centre line with a width. Length goes to length and centre line to centre line, so a scratch
/// follows the stroke that was asked for; widths are matched as far as the stretch stays within a factor of
/// two, so a crack stays thin. Turning by 180 degrees or mirroring is chosen by overlap; nearly round shapes
/// are not turned at all.
/// @param reference, asked CV_8UC1, not empty
/// @returns CV_32FC2 of asked's size: for every target pixel its place (x, y) in the reference
cv::Mat align_defect(const cv::Mat& reference, const cv::Mat& asked);

/// Lays the reference's whole region over the one asked for: as it is (a similarity, editing/fit.h), or as a
/// ribbon where that covers clearly more. Where shapes are of one kind (half of the region asked for is
/// covered) what is left uncovered shows the region's mirror image at its edge; a crack in a disc stays a
/// crack.
/// @param reference, asked CV_8UC1, not empty  @returns as align_defect
/// @param placed where the similarity lies in the scene and whether the reference's photo goes over into it
/// (then nothing is mirrored); asked where it is taken; empty: as it is, and it does not
cv::Mat align_region(const cv::Mat& reference, const cv::Mat& asked,
                     const std::function<Continued(const Fit&)>& placed = {});

}  // namespace unidg::editing
