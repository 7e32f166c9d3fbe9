#pragma once
#include "unidg/image/image.h"

namespace unidg {

/// How a photo is laid out, by its grey at 32 x 32: what moves of a mask keep it in a plausible place.
struct SceneLayout {
  bool is_shared = false;                     ///< the other photo shows the same product in the same place
  bool mirrors_x = false, mirrors_y = false;  ///< looks the same mirrored left-right, top-bottom
  bool turns = false;                         ///< looks the same however it is turned about its middle
};

/// Correlation of two photos' layouts, -1 to 1; 0 where one of them is flat. Sizes may differ.
double layout_likeness(const Image& a, const Image& b);

/// The symmetries of `scene`, and whether `other` shares its layout (layout_likeness of at least 0.6: aligned
/// products reach 0.65 to 1, crops of a surface stay about 0.3).
SceneLayout layout_of(const Image& scene, const Image& other);
/// The same for a scene alone: nothing is shared.
SceneLayout layout_of(const Image& scene);

}  // namespace unidg
