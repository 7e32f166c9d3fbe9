#pragma once
#include <memory>

#include "unidg/agents/inpaint/inpainter.h"
#include "unidg/generation/generator.h"

namespace unidg::agents {

/// Settings of the Fill network for inpainting: plain mode (choices.md 74c), no reference, and a mask dilated
/// as in Alg. 1.
generation::GenerateConfig fill_defaults();

/// The paper's Inpainting Agent: FLUX.1-Fill without a reference half paints the masked region (App. A.1); or
/// a small model that was trained so (docs/training.md).
class FillInpainter : public Inpainter {
 public:
  /// @param generator a model in plain mode  @throws UsageError when its settings say diptych
  explicit FillInpainter(std::unique_ptr<generation::Generator> generator);
  /// @param paths a diffusers folder of FLUX.1-Fill-dev, or a small model trained in plain mode
  /// @throws UsageError, InputError
  static FillInpainter load(const generation::ModelPaths& paths,
                            const generation::GenerateConfig& config = fill_defaults());

  Inpainting inpaint(const InpaintRequest& request) const override;
  std::string name() const override { return generator_->name(); }
  Json settings() const override { return generator_->settings(); }

 private:
  std::unique_ptr<generation::Generator> generator_;
};

}  // namespace unidg::agents
