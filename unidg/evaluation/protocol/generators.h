#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "unidg/evaluation/protocol/config.h"
#include "unidg/generation/generator.h"

namespace unidg::evaluation {

/// Opens what a spec names: a model with its adapters, a baseline, a folder of pictures, or the generator
/// that changes nothing.
/// @param product whose good pictures may be drawn from, and whose pictures a folder is asked for
/// @param n how many pictures of a type are asked for
/// @throws UsageError for unknown names and settings, InputError for missing files
std::unique_ptr<generation::Generator> make_generator(const GeneratorSpec& spec, const Product& product,
                                                      std::int64_t n);

/// What a generator weighs. Reads headers only.
struct GeneratorCost {
  std::int64_t parameters = 0;  ///< of all networks; 0 without any
  Json weights;                 ///< generation::hash_parts, null without networks
};
GeneratorCost cost_of(const GeneratorSpec& spec);

/// The list of pictures that a model was trained on: the spec's, or training.jsonl in the model's folder; ""
/// where there is none.
std::filesystem::path training_list_of(const GeneratorSpec& spec);

}  // namespace unidg::evaluation
