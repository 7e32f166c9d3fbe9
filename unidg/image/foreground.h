#pragma once
#include "unidg/image/image.h"

namespace unidg {

/// Where the product is, without any weights: pixels unlike the border's colours (Mahalanobis
/// distance in Lab, threshold by Otsu), largest components, holes filled. A texture that fills the frame,
/// where border and centre look alike, is foreground everywhere. Never empty.
Mask foreground(const Image& image);

}  // namespace unidg
