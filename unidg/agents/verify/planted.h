#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "unidg/agents/inpaint/inpainter.h"
#include "unidg/agents/verify/verifier.h"
#include "unidg/core/rng.h"

namespace unidg::agents {

/// Faults that a verifier must notice, planted into a sound triplet. The caption is written anew for the
/// faulty triplet, as a pipeline would, except for wrong-field and near-field.
///   left         the normal picture is the abnormal one
///   half-left    half of the defect is still in the normal picture
///   shifted      the mask lies elsewhere (overlap below 0.3)
///   swapped      the mask of another picture (overlap below 0.3)
///   other-normal another picture's normal
///   wrong-field  one checkable field of the caption says the opposite, or another type or colour
///   near-field   the same with the neighbouring class: arguable, so told apart
///   no-defect    a clean place of the normal picture, inpainted, as if there were a defect
const std::vector<std::string>& planted_faults();

struct Planted {
  Triplet triplet;
  std::optional<Json> caption;  ///< none: to be written for the triplet
  std::string what;             ///< the changed field
};
/// @param caption of the sound triplet  @param other another triplet  @returns nothing where the fault cannot
/// be planted (no field that has an opposite, no place for the mask)
std::optional<Planted> plant(const std::string& fault, const Triplet& triplet, const Json& caption,
                             const Triplet& other, const Inpainter& inpainter, Rng& rng);

/// How a verifier does: how many sound triplets it refuses, and how many planted faults it notices.
struct FaultCount {
  std::size_t tried = 0, rejected = 0;
  std::map<std::string, std::size_t> missed;  ///< changed field -> how often it passed
};
struct VerifierCheck {
  std::size_t sound = 0, sound_rejected = 0, sound_unsure = 0;  ///< rejected: unsure ones included
  std::map<std::string, FaultCount> faults;
};
/// @param other the picture that lends its mask and normal
void check_verifier(VerifierCheck& into, Captioner& captioner, Verifier& verifier, const VerifyConfig& config,
                    const Inpainter& inpainter, const Triplet& triplet, const Triplet& other, Rng& rng);
Json to_json(const VerifierCheck& check);

}  // namespace unidg::agents
