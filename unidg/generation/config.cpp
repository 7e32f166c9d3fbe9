#include "unidg/generation/generator.h"

namespace unidg::generation {

void fields(FieldVisitor& visit, GenerateConfig& c) {
  visit.group("editing", c.editing);
  visit.group("paint", c.paint);
  visit("weak_below", c.weak_below, in(0, 255), "status is weak below this mean absolute change inside the mask");
  visit("batch", c.batch, in(1, 4096), "pictures handed to the networks at once");
}

}  // namespace unidg::generation
