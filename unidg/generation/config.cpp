#include "unidg/generation/generator.h"

namespace unidg::generation {

void fields(FieldVisitor& visit, GenerateConfig& c) {
  visit.group("editing", c.editing);
  visit.group("paint", c.paint);
  visit("weak_below", c.weak_below, in(0, 255),
        "status is weak below this mean absolute change inside the mask");
  visit(
      "mask", c.mask, one_of({"given", "native", "exact"}),
      "given: the target mask; native: the reference's own shape, turned and scaled to it, which then is the "
      "label; exact: its own size and pixels too where both photos show one product, else native");
  visit("batch", c.batch, in(1, 4096), "pictures handed to the networks at once");
}

GenerateConfig insert_anything() {
  GenerateConfig c;
  c.editing.reference_expand = "fixed:1.3";
  c.editing.reference_area = "bbox";
  c.editing.mask_resize = "linear";
  c.editing.target_zoom = "insert-anything";
  c.editing.tone = "none";
  c.paint.hole = "grey";
  c.paint.steps = 50;
  c.paint.guidance = 30;
  c.paint.attention_set = "off";
  return c;
}

}  // namespace unidg::generation
