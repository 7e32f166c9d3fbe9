#include "unidg/evaluation/downstream/samples.h"

#include <algorithm>

#include "unidg/core/error.h"

namespace unidg::evaluation {
namespace {

void require_picture(const Sample& sample, const std::string& where) {
  if (sample.image.empty() || sample.image.type() != CV_8UC3)
    throw InputError(where, ": the picture is ", sample.image.empty() ? "empty" : "not 8-bit RGB",
                     "; expected 8-bit RGB");
  if (sample.mask.empty()) return;
  if (sample.mask.type() != CV_8UC1) throw InputError(where, ": the mask is not 8-bit grey");
  if (sample.mask.size() != sample.image.size())
    throw InputError(where, ": the mask is ", sample.mask.cols, " x ", sample.mask.rows, " but its picture ",
                     sample.image.cols, " x ", sample.image.rows, "; give the mask of this picture");
}

void require_label(const Sample& sample, int lowest, std::size_t types, const std::string& where) {
  if (sample.label < lowest || sample.label >= static_cast<int>(types))
    throw InputError(where, ": label ", sample.label, " is out of range; there are ", types, " defect types");
}

void require_defect(const Sample& sample, const std::string& where) {
  double largest = 0;
  if (!sample.mask.empty()) cv::minMaxLoc(sample.mask, nullptr, &largest);
  if (largest <= 127)
    throw InputError(where, ": a defective picture ", sample.mask.empty() ? "without" : "with an empty",
                     " mask; give its mask or leave the picture out");
}

std::string place(const std::string& what, const Sample& sample) { return what + ": " + sample.name; }

}  // namespace

void require_valid(const TrainingSet& set, const std::string& what, bool needs_good) {
  if (set.defective.empty())
    throw InputError(what,
                     ": the generated set is empty: there is no defective picture to learn from. Generate "
                     "some first, or use the untrained network as the control");
  if (needs_good && set.good.empty())
    throw InputError(what, ": there is no good picture; expected those of train/good");
  if (set.types.empty() || !std::is_sorted(set.types.begin(), set.types.end()) ||
      std::adjacent_find(set.types.begin(), set.types.end()) != set.types.end())
    throw InputError(what, ": the names of the defect types must be sorted and differ");
  for (const auto& sample : set.good) require_picture(sample, place(what, sample));
  for (const auto& sample : set.defective) {
    const auto where = place(what, sample);
    require_picture(sample, where);
    require_label(sample, 0, set.types.size(), where);
    if (needs_good) require_defect(sample, where);
  }
}

void require_valid(const TestSet& set, std::size_t types, const std::string& what, bool needs_masks) {
  if (set.samples.empty()) throw InputError(what, ": the test set is empty");
  for (const auto& sample : set.samples) {
    const auto where = place(what, sample);
    require_picture(sample, where);
    require_label(sample, -1, types, where);
    if (needs_masks && sample.label >= 0) require_defect(sample, where);
  }
}

}  // namespace unidg::evaluation
