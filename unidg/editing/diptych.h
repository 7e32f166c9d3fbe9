#pragma once
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

#include "unidg/core/config.h"
#include "unidg/image/image.h"

namespace unidg::editing {

/// Alg. 1 and what the paper leaves open around it (docs/choices.md A).
struct EditingConfig {
  int size = 768;                           ///< S: side of one diptych half, pixels; a multiple of 16
  double small_area = 0.1;                  ///< T of Eq. 8
  double min_ratio = 0.6;                   ///< beta of Eq. 8
  int dilate_kernel = 7;                    ///< side of the all-ones element of line 14
  int dilate_iterations = 2;                ///< line 14; 7x7 twice = 6 px on every side, at source resolution
  std::string reference_context = "white";  ///< white (Alg. 1) | scene
  std::string reference_expand = "eq8";     ///< eq8 | fixed:<side ratio>
  std::string reference_area = "mask";      ///< mask | bbox
  std::string reference_components = "all";  ///< all | largest
  std::string mask_resize = "max";           ///< max | linear
  /// none | window | insert-anything | auto: whoever knows the model decides, here as window
  std::string target_zoom = "auto";
  double zoom_context = 2.0;         ///< window side / longest side of the used mask, at least
  int zoom_min_side = 64;            ///< a window is never smaller than this, source pixels
  std::string paste = "masked";      ///< masked | right-half | crop
  std::string paste_limit = "used";  ///< used | asked
  std::string tone = "auto";         ///< ring | none | auto
  std::string lift = "auto";  ///< what a collage takes of the reference: auto | defect | whole (collage.h)
  bool continues = true;      ///< a collage's whole region moves with the scene's structures (continuity.h)
};
void fields(FieldVisitor& visit, EditingConfig& c);

/// The side ratio of `reference_expand` = fixed:<ratio>, or nothing for eq8 and for a text that is neither.
std::optional<double> fixed_expansion(const std::string& expand);

/// Eq. 8: r = beta + (1 - beta) / T * s for s < T, else 1. @param area s, defect area / image area, in [0, 1]
double crop_ratio(double area, const EditingConfig& c);

/// Line 14: dilation of the target mask at source resolution. The result is the mask USED.
Mask dilate(const Mask& mask, const EditingConfig& c);

/// How a rectangle of the source lies in a square of `size` pixels: source = window, centred, padded to a
/// square.
struct Placement {
  cv::Rect window;   ///< region of the source that the square shows (the whole source without zoom)
  int square = 0;    ///< side of the padded square in source pixels = max(window.width, window.height)
  cv::Point offset;  ///< where the window lies inside the square (smaller half of the padding first)
  int size = 0;      ///< side of the resized square in model pixels
};

/// Lines 2-12: box, white background, crop, Expand by Eq. 8, pad to a square with white, resize to S
/// (bilinear). With `reference_context` scene the same square shows the picture itself, white only where it
/// ends.
/// @returns the reference as the model sees it, RGB8 [S, S], and its mask in the same geometry
/// @throws InputError for an empty mask or a mask of another size
struct Reference {
  cv::Mat image;  ///< CV_8UC3, S x S
  cv::Mat mask;   ///< CV_8UC1 0/255, S x S
};
Reference crop_reference(const MaskedImage& reference, const EditingConfig& c);

/// One square view of the target: lines 14-18 inside `placement`.
struct Target {
  cv::Mat image;  ///< I_src, CV_8UC3, S x S (padding 255)
  cv::Mat mask;   ///< M_src dilated, CV_8UC1 0/255, S x S (padding 0); max-resized
  Placement placement;
};

/// Eq. 5, 6 and Alg. 1 as one value: left the reference, right the target.
struct Diptych {
  Reference reference;
  Target target;
};

/// The windows that cover a used mask: one, or several when the mask has parts so far apart that one window
/// would shrink each of them (every part lies whole in exactly one window). `target_zoom` none gives one
/// window: the source.
/// @throws InputError for an empty mask
std::vector<Placement> plan_windows(const Mask& used, const EditingConfig& c);
/// The pixels of `used` that window `index` paints: the connected parts (8 neighbours) whose box lies in it
/// and in no earlier window. Together the windows paint every pixel once.
Mask window_part(const Mask& used, const std::vector<Placement>& windows, std::size_t index);
/// @throws InputError when image and mask differ in size
Target view_target(const Image& source, const Mask& used, const Placement& placement, const EditingConfig& c);

/// The inverse of `view_target`: the painted square back at source resolution.
/// @param painted CV_32FC3 in [0, 255] or CV_8UC3, S x S  @returns CV_32FC3 of placement.window's size, [0,
/// 255]
cv::Mat unplace(const cv::Mat& painted, const Placement& placement);

/// alpha of the paste-back (docs/choices.md 13): 1 on the mask asked for, falling to 0 across the dilation
/// ring, 0 outside the used mask. With `paste_limit` asked the feather lies inside the asked mask. CV_32FC1,
/// source size.
cv::Mat feather(const Mask& asked, const Mask& used, const EditingConfig& c);

/// Alpha of the way `paste` asks for: `feather`, or 1 on the whole window (right-half), or 1 on the window
/// without its outermost 2 pixels (crop: Insert-Anything). CV_32FC1, source size.
cv::Mat paste_alpha(const Mask& asked, const Mask& used, const cv::Rect& window, const EditingConfig& c);

/// Offset per channel that brings the window's tone to the source's, estimated on the kept ring alone: the
/// median of (source - painted) over pixels of the window outside the used mask and near it (docs/choices.md
/// 74e).
/// @param painted CV_32FC3 [0, 255], window size
cv::Scalar ring_offset(const cv::Mat& painted, const Image& source, const Mask& used, const cv::Rect& window);

/// Blends the painted window into `canvas` under alpha. Pixels whose alpha is 0 keep their bytes; 16-bit
/// depth, gray and alpha channels are kept (gray takes the mean of the painted RGB difference).
/// @param painted CV_32FC3 [0, 255], window size
void paste_back(Image& canvas, const cv::Mat& painted, const cv::Rect& window, const cv::Mat& alpha);

}  // namespace unidg::editing
