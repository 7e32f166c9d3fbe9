#pragma once
#include <memory>
#include <string>

#include "unidg/agents/fill/fill_inpainter.h"
#include "unidg/agents/inpaint/patch_inpainter.h"

namespace unidg::cli {

/// Settings of both inpainters.
struct InpaintSettings {
  agents::PatchConfig patch;
  generation::GenerateConfig fill = agents::fill_defaults();
};
void fields(FieldVisitor& visit, InpaintSettings& s);

/// @param model a folder of FLUX.1-Fill-dev; "": patches of the photo itself
std::unique_ptr<agents::Inpainter> make_inpainter(const std::string& model, const InpaintSettings& settings);

}  // namespace unidg::cli
