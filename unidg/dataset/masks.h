#pragma once
#include <string>

#include "unidg/core/config.h"
#include "unidg/core/rng.h"
#include "unidg/image/image.h"
#include "unidg/image/layout.h"

namespace unidg::dataset {

/// Random target masks (`--masks auto`).
struct MaskConfig {
  double min_area = 0.003;  ///< of the foreground's area; areas are drawn evenly on a log scale
  double max_area = 0.04;
  double min_overlap = 0.9;  ///< share of the mask that must lie on the foreground; the rest is cut off
  std::string shape =
      "auto";  ///< blob | stroke | polygon | cloud | reference | auto: reference where one is known
  double min_scale = 0.7;  ///< of a reference-shaped mask, against its size in the reference picture
  double max_scale = 1.3;
  /// Of a reference-shaped mask: near (about where it was found) | anywhere (on the product) | auto: near
  /// where reference and scene share their layout
  std::string place = "auto";
  double near_shift = 0.05;  ///< near: farthest move, as a share of the picture's width and height
  double near_turn = 10;     ///< near: largest turn, degrees
};
void fields(FieldVisitor& visit, MaskConfig& c);

/// A random mask inside `foreground`: blobs, strokes, polygons or noise clouds. Never empty.
/// @throws InputError when the foreground is empty
Mask random_mask(const Mask& foreground, const MaskConfig& config, Rng& rng);

/// A turned, perhaps mirrored and scaled copy of a reference's mask inside `foreground`: the target then
/// suits the defect that is to be painted into it. Its area follows the reference's area ratio.
/// @throws InputError when one of them is empty
Mask mask_like(const Mask& reference, const Mask& foreground, const MaskConfig& config, Rng& rng);

/// A reference's mask about where it was found, in a picture of the foreground's size: moved, turned
/// about its own middle and scaled by a little, less the larger it is (one that fills the picture stays as it
/// is), and carried by the scene's symmetries to another place like its own. A defect that belongs to a place
/// - a bent lead, a chipped edge - stays there, and one on the product stays on it: of a few tries the first
/// that leaves no more over its edge than the unmoved mask. @param foreground of the scene; may be empty
/// @throws InputError when the mask is empty
Mask mask_near(const Mask& reference, const Mask& foreground, const SceneLayout& layout,
               const MaskConfig& config, Rng& rng);

/// mask_near or mask_like, as `config.place` says. @param layout of the scene; is_shared: with the picture
/// that the mask comes from
Mask placed_mask(const Mask& reference, const Mask& foreground, const SceneLayout& layout,
                 const MaskConfig& config, Rng& rng);

/// What `--masks auto` uses: `config.shape` decides; "auto" follows the reference. @param reference may be
/// empty
Mask auto_mask(const Mask& reference, const Mask& foreground, const SceneLayout& layout,
               const MaskConfig& config, Rng& rng);

}  // namespace unidg::dataset
