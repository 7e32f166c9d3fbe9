#pragma once
#include <vector>

#include "unidg/evaluation/realism/regions.h"

namespace unidg::evaluation {

/// What a region is described by; every vector of a kind has one length, whatever the region's size.
using Features = std::vector<double>;

/// The painted pixels alone, whatever their outline: noise residuals at two scales (first differences,
/// Laplacian: strength, tails, flatness) and colours.
Features inside_features(const Region& region);

/// The same, how residuals and colours differ from the ring of 12 px around the mask, and the spectrum of the
/// whole window at 64 px.
Features region_features(const Region& region);

/// The seam alone: residuals, gradients along and across the edge and steps of colour in bands of distance
/// from the mask's edge, 4 px inside to 16 px outside, against the band beyond. What lies deeper is not
/// looked at.
Features seam_features(const Region& region);

}  // namespace unidg::evaluation
