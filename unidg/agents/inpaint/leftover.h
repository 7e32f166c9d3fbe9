#pragma once
#include <cstdint>

#include "unidg/core/config.h"
#include "unidg/image/image.h"

namespace unidg::agents {

/// How far a region stands out from the rest of its picture. Each number is the region's own value less the
/// middle one of clean places of the same picture, in units of how much those places vary among themselves;
/// 2 and less is usual.
struct Standout {
  double novelty = 0;    ///< patches without a near twin in the surround, at two scales
  double tone = 0;       ///< mean colour against the ring around it
  double sharpness = 0;  ///< fine detail against the ring around it: smeared or grainy
  double seam = 0;       ///< gradients along the border against those beside it
  int places = 0;        ///< clean places it was compared with; 0: nothing can be said, all numbers are 0
  double most() const;   ///< the largest of the four
};

/// Detector of leftovers: compares the region with the same shape laid on clean places of the picture.
/// @param region where something may be left, not empty  @param avoid places that are not clean either; may
/// be empty-sized  @param seed decides the places
Standout stand_out(const Image& picture, const Mask& region, const Mask& avoid, std::uint64_t seed);

/// Normality on the verifier's scale: 5 up to `usual`, falling by 1 for each `step` beyond it, never below 0.
/// 3.5 when nothing could be compared.
double normality_score(const Standout& standout, double usual = 2.5, double step = 1.5);

Json to_json(const Standout& standout);

}  // namespace unidg::agents
