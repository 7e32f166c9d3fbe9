#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "unidg/core/config.h"
#include "unidg/image/image.h"

/// Which reference trains which target (App. C.1).
namespace unidg::sft {

/// Alg. 2, candidate samples quality assessment, with the switches of choices.md 44-47.
struct Alg2Config {
  std::string bins = "printed";   ///< of the area score: printed | half-open
  std::int64_t connectivity = 8;  ///< of components: 8 | 4 neighbours
  std::string color = "rgb";      ///< space of the mean colours: rgb | lab, both about [0, 1]
  double sigma = 0.1;             ///< of the colour score
  double area_weight = 0.3, connectivity_weight = 0.4, color_weight = 0.3;
};
void fields(FieldVisitor& visit, Alg2Config& c);

/// What Alg. 2 asks of one picture and its mask.
struct DefectFacts {
  std::int64_t area = 0, pixels = 0;  ///< of the mask, of the picture
  int components = 0;                 ///< N_cc, without the background
  std::array<float, 3> color{};       ///< mean inside the mask
};
/// @throws InputError when picture and mask differ in size
DefectFacts measure_defect(const MaskedImage& defect, const Alg2Config& config);

/// Alg. 2, line 13: 0.5, 1.0, 0.7 for 0.1-0.5, 0.5-1, 1-5 percent of the picture, else 0.1. Compared in
/// integers.
double area_score(std::int64_t area, std::int64_t pixels, const std::string& bins = "printed");
/// Alg. 2, line 5.
double connectivity_score(int components);
/// Alg. 2, lines 10-11.
double color_score(const std::array<float, 3>& reference, const std::array<float, 3>& target, double sigma);
/// Alg. 2: Q of a candidate reference for a target, [0.03, 1].
double candidate_quality(const DefectFacts& reference, const DefectFacts& target, const Alg2Config& config);

struct Candidate {
  std::uint32_t index = 0;
  double quality = 0;
};
/// The `count` best candidates, the best first; equal ones in their order.
std::vector<Candidate> best_candidates(const DefectFacts& target, const std::vector<DefectFacts>& facts,
                                       const std::vector<std::uint32_t>& candidates, std::size_t count,
                                       const Alg2Config& config);

}  // namespace unidg::sft
