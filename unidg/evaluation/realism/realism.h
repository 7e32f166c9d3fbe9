#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "unidg/core/config.h"

namespace unidg::evaluation {

/// Can a small classifier tell generated defects from real ones? (docs/evaluation.md, Realism)
struct RealismConfig {
  int folds = 5;
  std::string split = "reference";  ///< what shares a fold: reference | scene
  int repeats = 4;                  ///< foldings whose verdicts are averaged
  int max_regions = 400;            ///< of each side, drawn by seed
  double max_size_ratio = 2;        ///< of the areas of a matched pair
  int relabelings = 60;             ///< random halvings of the real regions (control)
  int references = 8;               ///< candidates of the reference test
  int bootstrap_rounds = 1000;      ///< of the intervals over pictures
  double confidence = 0.95;
};
void fields(FieldVisitor& visit, RealismConfig& c);

/// A share of right answers, in [0, 1], with its interval over pictures.
struct Accuracy {
  double value = 0, low = 0, high = 0;
};

/// One question (region or seam), asked of the generated set and of both controls.
struct RealismTest {
  Accuracy generated;  ///< balanced accuracy of generated against real; 0.5 is perfect
  std::optional<double>
      perlin;       ///< DRAEM's textures against real: must be >= 0.9; none: no good picture to paint on
  double real = 0;  ///< real against real: must be in [0.45, 0.55]
  std::string void_because;  ///< "" when both controls hold
};

/// Which of the references was used, told from the painted region alone.
struct ReferenceTest {
  Accuracy accuracy;
  double chance = 0;  ///< 1 / candidates
  std::size_t pictures = 0;
};

struct Realism {
  int side = 0;                                   ///< shorter side of the pictures as compared, pixels
  std::size_t pairs = 0;                          ///< matched regions
  std::size_t generated_left = 0, real_left = 0;  ///< regions without a partner of their size
  std::string split;  ///< reference | scene: what shared a fold (too few references for the folds: scene)
  RealismTest region, seam;
  std::optional<ReferenceTest> reference;  ///< none where the folder does not name at least two references
};
Json to_json(const Realism& realism);

/// @param generated a folder that unidg wrote, or pictures with masks  @param real MVTec layout or pictures
/// with masks  @throws InputError when fewer than `folds` pictures of a side find a partner
Realism measure_realism(const std::filesystem::path& generated, const std::filesystem::path& real,
                        const RealismConfig& config, std::uint64_t seed);

}  // namespace unidg::evaluation
