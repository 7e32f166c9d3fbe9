#include "unidg/conditioning/painter.h"

namespace unidg::conditioning {

void fields(FieldVisitor& visit, PaintConfig& c) {
  visit("steps", c.steps, in(0, 1000), "sampling steps; 0 = the model's own");
  visit("guidance", c.guidance, in(0, 1000), "distilled guidance of the full-size model");
  visit("hole", c.hole, one_of({"auto", "black", "grey", "collage"}),
        "what the networks see inside the mask");
  visit("start", c.start, in(0, 1), "guided start t0; 0 = the model's own, 1 = pure noise");
  visit("mode", c.mode, one_of({"diptych", "plain"}), "plain = Fill without a reference half");
  visit("attention_alpha", c.attention_alpha, above(0), "alpha of Eq. 11; 1 = off");
  visit("attention_set", c.attention_set, one_of({"both", "left", "right", "off"}),
        "tokens of the set M of Eq. 11");
  visit("collapse_text", c.collapse_text, any(), "512 zero text tokens as one key of weight 512");
  visit("underlay", c.underlay, one_of({"source", "smooth"}), "what lies under the collage");
  visit("detail", c.detail, one_of({"collage", "none"}),
        "where detail finer than the model's window comes from");
  visit("smooth", c.smooth, in(-1, 64),
        "Gaussian over what the embedded model changes, model pixels; 0 = none, -1 = the model's own");
  visit("compute", c.compute, one_of({"stored", "bf16", "int8"}),
        "full-size denoiser on a CPU: products in fp32, in bf16, or in int8 (W8A8)");
  visit.group("schedule", c.schedule);
}

}  // namespace unidg::conditioning
