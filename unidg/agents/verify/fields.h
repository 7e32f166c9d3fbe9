#pragma once
#include <string>
#include <vector>

#include "unidg/agents/verify/change.h"

namespace unidg::agents {

/// One field of a caption against a measurement.
struct FieldCheck {
  std::string field;  ///< "defect-level[0].size"
  std::string said;
  std::string measured;  ///< in words and numbers
  double agreement = 0;  ///< 1: fits, 0.5: a neighbouring class or nearly, 0: contradicts
};

/// Checks what a caption says against measurements that share no code with the embedded captioner: areas and
/// places of the change between the two pictures, boxes and outlines of the mask, shares of named hues.
/// Words without a known meaning and empty fields are not checked.
/// Ordered classes have two tolerances: inside the first a class fits, inside the second partly.
std::vector<FieldCheck> check_fields(const Triplet& triplet, const Json& caption, const Change& change);

/// Consistency on the scale of Fig. 8: 5 less 0.4 for each field that fits partly (1.2 at most) and 2.7 for
/// each that contradicts; 2.5 at most when fewer than three fields could be checked.
double consistency_score(const std::vector<FieldCheck>& checks);

}  // namespace unidg::agents
