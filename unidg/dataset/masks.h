#pragma once
#include <string>

#include "unidg/core/config.h"
#include "unidg/core/rng.h"
#include "unidg/image/image.h"

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
};
void fields(FieldVisitor& visit, MaskConfig& c);

/// A random mask inside `foreground`: blobs, strokes, polygons or noise clouds. Never empty.
/// @throws InputError when the foreground is empty
Mask random_mask(const Mask& foreground, const MaskConfig& config, Rng& rng);

/// A turned, perhaps mirrored and scaled copy of a reference's mask inside `foreground`: the target then
/// suits the defect that is to be painted into it. Its area follows the reference's area ratio.
/// @throws InputError when one of them is empty
Mask mask_like(const Mask& reference, const Mask& foreground, const MaskConfig& config, Rng& rng);

/// What `--masks auto` uses: `config.shape` decides; "auto" follows the reference. @param reference may be
/// empty
Mask auto_mask(const Mask& reference, const Mask& foreground, const MaskConfig& config, Rng& rng);

}  // namespace unidg::dataset
