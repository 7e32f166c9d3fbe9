#pragma once
#include <opencv2/core.hpp>

#include "unidg/editing/diptych.h"

namespace unidg::editing {

/// Fills the hole smoothly from its border (Telea). @param image CV_8UC3 @param mask CV_8UC1 255 = hole
cv::Mat fill_hole(const cv::Mat& image, const cv::Mat& mask);

/// @throws InputError for an empty reference mask or one of another size than its image
void check_reference(const MaskedImage& reference);

/// The reference's defect laid into the target mask, without any network: the strongest base that needs no
/// weights.
///  1. The defect is lifted off its surface: what differs from the surroundings more than they vary by
///     themselves, so that a loosely drawn mask does not bring its surface along. Where the surroundings of
///     reference and target look the same (editing/likeness.h: one product, one material) nothing has to be
///     left behind: the whole region comes along, and with it what a broken or missing part looks like;
///     it then covers all that was asked for, if the shapes are of one kind.
///  2. It is laid along the mask by centroid, principal axis and width (not by the box: thin cracks would
///  vanish). A blob
///     covers the mask; a crack keeps its thinness and spans it. Far parts of the mask each receive the
///     defect.
///  3. It is repainted for the new surface: a strong defect keeps its own colour, a weak one tints; where it
///  would not
///     be seen it gains contrast or inverts it. On the same surface it keeps its own colours, moved by what
///     the two exposures differ. A grey window stays grey.
struct Collage {
  cv::Mat image;  ///< CV_8UC3: the underlay with the defect blended in; byte-equal to it where alpha is 0
  cv::Mat alpha;  ///< CV_32FC1, [0, 1]: where the defect lies; 0 outside the used mask
};
/// @param reference image with its mask (any size; the original, not the white-background crop)
/// @param target CV_8UC3 window of the scene  @param asked, used CV_8UC1 masks of the window
/// @param underlay "source" keeps the scene under the defect, "smooth" fills the hole by Telea first
/// @param lift "defect" only what differs, "whole" the whole region, "auto" the whole on the same surface
/// @param same_product 0 to 1: reference and scene are photos of one product (compare_pictures), so that the
/// surfaces count as the same wherever the mask lies
/// @param continues the region moves with the scene's structures (editing/continuity.h); without, as version
/// 1 of the embedded model was trained
/// @throws InputError as check_reference
Collage make_collage(const MaskedImage& reference, const cv::Mat& target, const cv::Mat& asked,
                     const cv::Mat& used, const std::string& underlay, const std::string& lift = "auto",
                     double same_product = 0, bool continues = false);

}  // namespace unidg::editing
