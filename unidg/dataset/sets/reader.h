#pragma once
#include <functional>
#include <string>
#include <vector>

#include "unidg/dataset/sets/notes.h"
#include "unidg/dataset/sets/sample.h"
#include "unidg/dataset/sets/tree.h"

namespace unidg::dataset::sets {

/// How well a folder fits a layout.
struct Recognition {
  double confidence = 0;  ///< 0 another layout ... 1 nothing else looks like this
  std::string reason;     ///< what was seen
};

using Take = std::function<void(Sample)>;

/// One published layout. `read` gives the samples one after the other in a fixed order, so that memory does
/// not grow with the set; fields the layout does not tell stay "".
struct DatasetReader {
  std::string name;    ///< as in `--layout`
  std::string layout;  ///< one line for people
  std::function<Recognition(const Tree&)> recognise;
  /// @throws InputError when the set as a whole cannot be read; single faults go to `notes`
  std::function<void(const Tree&, const Take&, Notes&)> read;
};

/// Every layout we read, the more specific ones first.
const std::vector<DatasetReader>& dataset_readers();

/// @throws UsageError naming the nearest one
const DatasetReader& reader_named(const std::string& name);

struct Guess {
  const DatasetReader* reader = nullptr;
  Recognition recognition;
};
/// The layouts that fit at all, the best first. Never empty: the generic folder fits everything.
std::vector<Guess> recognise(const Tree& tree);

}  // namespace unidg::dataset::sets
