#include "unidg/cli/agents_inpainter.h"

namespace unidg::cli {

void fields(FieldVisitor& visit, InpaintSettings& s) {
  visit.group("patch", s.patch);
  visit.group("fill", s.fill);
}

std::unique_ptr<agents::Inpainter> make_inpainter(const std::string& model, const InpaintSettings& settings) {
  if (model.empty()) return std::make_unique<agents::PatchInpainter>(settings.patch);
  generation::ModelPaths paths;
  paths.model = model;
  return std::make_unique<agents::FillInpainter>(agents::FillInpainter::load(paths, settings.fill));
}

}  // namespace unidg::cli
