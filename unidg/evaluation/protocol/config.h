#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "unidg/dataset/masks.h"
#include "unidg/evaluation/downstream/classification.h"
#include "unidg/evaluation/downstream/localisation.h"
#include "unidg/evaluation/downstream/multiclass.h"
#include "unidg/evaluation/likeness/likeness.h"
#include "unidg/evaluation/metrics/detection.h"
#include "unidg/evaluation/protocol/guard.h"
#include "unidg/evaluation/protocol/product.h"

namespace unidg::evaluation {

/// One of the generators that a run compares.
struct GeneratorSpec {
  std::string name;   ///< of its folder and its rows
  std::string label;  ///< what reports print; empty: the name
  /// embedded | model | insert-anything (a model with that method's geometry) | baseline | folder | real-only
  /// (the references alone) | oracle (half of the real test defects) | shuffled (the same with masks
  /// exchanged between pictures: a control) | nothing (leaves the picture as it is: a control)
  std::string kind = "embedded";
  std::string model;               ///< folder of a model, or the name of a baseline
  std::string folder;              ///< pictures made elsewhere: FOLDER/PRODUCT/TYPE/{image,mask}/NNN.*
  std::string pick = "first";      ///< of a folder: first | uniform (docs/choices.md 74)
  std::vector<std::string> loras;  ///< FILE or FILE:WEIGHT
  std::string references;          ///< another product whose pool is painted (cross-object, Fig. 5)
  std::string textures;            ///< folder of textures (baseline draem); empty: noise
  std::string training_list;       ///< pictures or hashes that the model was trained on; empty: its card's
  Json settings = Json::object();  ///< flat, as `--set` of `unidg generate` or `unidg baseline`

  /// Learns from one half of the real test defects and is scored on the other half alone.
  bool sees_test_half() const { return kind == "oracle" || kind == "shuffled"; }
  const std::string& shown() const { return label.empty() ? name : label; }
};
void fields(FieldVisitor& visit, GeneratorSpec& c);

/// Where defects are painted: the same scenes and masks for all generators.
struct TargetConfig {
  std::string masks = "library";  ///< library: real masks of the pool placed on the product | folder
  std::string library =
      "pool";          ///< pool: every picture of the pool lends its mask | shots: the references alone
  std::string folder;  ///< FOLDER/PRODUCT/TYPE/{ori,mask}/NNN.*: scenes and masks made elsewhere
  std::string pick = "first";                    ///< of the folder: first | uniform (docs/choices.md 74)
  dataset::MaskConfig placing{.place = "near"};  ///< of library masks
};
void fields(FieldVisitor& visit, TargetConfig& c);

/// Products named "procedural:<name>" are drawn, for tests and trials without any data.
struct DrawnConfig {
  int size = 96;  ///< pixels
  int good_train = 24, good_test = 10;
  int per_type = 9;  ///< pictures of each type
  int types = 2;     ///< at most so many of the defects that suit the product
  std::uint64_t seed = 0;
};
void fields(FieldVisitor& visit, DrawnConfig& c);

/// Everything that decides a run (Sec. 6, App. E, docs/choices.md 66-79).
struct RunConfig {
  std::string name = "evaluation";
  std::string data = "data";          ///< holds the products' folders
  std::vector<std::string> products;  ///< folders below `data`, or "procedural:<name>"
  Json generators = Json::array();    ///< of GeneratorSpec
  std::vector<std::uint64_t> seeds = {0};
  std::vector<std::string> tasks = {"localisation"};
  std::string preset = "paper";  ///< of the trainings: paper | cpu

  std::int64_t n = 500;      ///< generated pictures
  std::string per = "type";  ///< n counts for each: type | object (docs/choices.md 74b)
  std::int64_t shots = 4;    ///< references of a type, drawn from the pool by the seed (docs/choices.md 73)
  std::int64_t picture_size = 0;  ///< longer side at which pictures are kept, pixels; 0: as they are
  std::int64_t bootstrap = 1000;  ///< rounds of the intervals over test images; 0: none
  SplitConfig split;
  TargetConfig targets;
  GuardConfig guard;
  MetricConfig metrics;
  LocalisationConfig localisation;
  ClassificationConfig classification;
  MulticlassConfig multiclass;
  std::string
      backbone;  ///< MobileNetV2 weights for every `network` = linear or maps; empty: nets from scratch
  LikenessConfig likeness;        ///< task synthesis; all generated pictures of a type count
  std::string distance_backbone;  ///< weights of the perceptual distance (likeness/perceptual_distance.h);
                                  ///< empty: the embedded model's encoder, which is not LPIPS
  std::string distance_heads;     ///< of LPIPS; empty: the distance is not LPIPS, and is not called so
  DrawnConfig drawn;

  std::vector<GeneratorSpec> specs() const;  ///< `generators`, checked
};
void fields(FieldVisitor& visit, RunConfig& c);

/// Reads a config file: `preset` first, then its other keys, then `assignments` (`--set key=value`).
/// @param as_published sets every switch but `n` as published work has it; `assignments` win
/// @throws UsageError naming file and key (the nearest one for an unknown key), FormatError
RunConfig read_config(const std::filesystem::path& file, const std::vector<std::string>& assignments,
                      bool as_published);

/// A choice in which published protocols deviate from ours, or from each other.
struct Switch {
  std::string name;
  Json ours, published;
  std::string meaning;
};
const std::vector<Switch>& switches();
/// The switches of a resolved config for run.json: name, value, ours, published, meaning.
Json switches_in_force(const RunConfig& config);
/// Names of switches that are not as we think right.
std::vector<std::string> deviations(const RunConfig& config);

}  // namespace unidg::evaluation
