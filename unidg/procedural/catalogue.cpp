#include "unidg/procedural/products.h"

namespace unidg::procedural {

const std::vector<Product>& catalogue() {
  static const std::vector<Product> products = {
      {"metal_plate",
       draw_metal_plate,
       {"scratch", "dent", "rust", "stain", "contamination", "hole", "crack"}},
      {"metal_disc", draw_metal_disc, {"scratch", "dent", "rust", "stain", "contamination", "crack"}},
      {"fabric", draw_fabric, {"hole", "cut", "stain", "contamination", "fold"}},
      {"wood", draw_wood, {"scratch", "hole", "stain", "crack", "contamination", "dent"}},
      {"leather", draw_leather, {"cut", "hole", "fold", "scratch", "stain", "glue"}},
      {"tile", draw_tile, {"crack", "breakage", "stain", "glue", "scratch"}},
      {"plastic", draw_plastic, {"scratch", "crack", "bubble", "contamination", "dent", "breakage"}},
      {"pcb", draw_pcb, {"missing", "scratch", "contamination", "stain", "hole"}},
      {"pill", draw_pill, {"crack", "breakage", "stain", "contamination", "missing", "scratch"}},
  };
  return products;
}

}  // namespace unidg::procedural
