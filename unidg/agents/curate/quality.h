#pragma once
#include <string>

#include "unidg/core/config.h"
#include "unidg/image/image.h"

namespace unidg::agents {

/// When a painted defect is good enough to be captioned. Shares in [0, 1].
struct QualityConfig {
  double min_change = 2;       ///< mean absolute change inside the mask, levels of 255
  double min_coverage = 0.15;  ///< share of the mask that changed clearly
  double max_spill = 0.3;      ///< share of the clear change that lies outside the mask and its rim
  double max_foreign = 0.25;   ///< share of the mask that shows the reference's sound surface
};
void fields(FieldVisitor& visit, QualityConfig& c);

/// What painting did to a picture.
struct EditQuality {
  double change = 0;    ///< as QualityConfig::min_change
  double coverage = 0;  ///< share of the mask that lies in `found`
  double spill = 0;     ///< share of `found` that lies outside the mask grown by 2 pixels
  double overlap = 0;   ///< intersection over union of `found` and the mask
  double foreign = 0;   ///< `foreign_share`, where the reference is known
  Mask found;           ///< the mask as the pixels tell it; may be empty
};
Json to_json(const EditQuality& quality);  ///< without `found`

/// Where a generated picture differs clearly from its source: |generated - source|, its largest channel,
/// smoothed (3 x 3), above half of the typical change (upper quartile; 4 to 24 levels of 255); holes closed,
/// specks below 4 pixels dropped. Soft rims of paste-back stay out.
/// @throws InputError when sizes differ
Mask estimate_mask(const Image& source, const Image& generated);

/// @param asked the mask that was to be painted, not empty  @throws InputError when sizes differ
EditQuality measure_edit(const Image& source, const Image& generated, const Mask& asked);

/// Share of the mask whose painted pixels look like the reference's surface around its defect and not like
/// the scene: blue paint around the rust, brought onto bare steel. Colours in CIELAB: at least 12 from the
/// scene's near the mask, at most 14 and half of that from the surface's; by the five nearest of up to 400
/// samples, seeded.
/// @param asked not empty  @throws InputError when sizes differ
double foreign_share(const Image& source, const Image& generated, const Mask& asked,
                     const MaskedImage& reference);

/// What is wrong with an edit: "too weak", "little changed", "spills over" or "foreign surface"; "" when
/// nothing is.
std::string fault_of(const EditQuality& quality, const QualityConfig& config);

}  // namespace unidg::agents
