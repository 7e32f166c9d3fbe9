#include "unidg/agents/fill/fill_inpainter.h"

#include "unidg/core/error.h"

namespace unidg::agents {

generation::GenerateConfig fill_defaults() {
  generation::GenerateConfig config;
  config.paint.mode = "plain";
  config.paint.attention_alpha = 1;  // there is no defect to attend to
  config.weak_below = 0;             // a small change is welcome here
  return config;
}

FillInpainter::FillInpainter(std::unique_ptr<generation::Generator> generator)
    : generator_(std::move(generator)) {
  const auto mode = generator_->settings().value("paint.mode", "plain");
  if (mode != "plain")
    throw UsageError("inpainting paints without a reference: paint.mode must be plain, found ", mode);
}

FillInpainter FillInpainter::load(const generation::ModelPaths& paths,
                                  const generation::GenerateConfig& config) {
  return FillInpainter(
      std::make_unique<generation::DefectGenerator>(generation::DefectGenerator::load(paths, config)));
}

Inpainting FillInpainter::inpaint(const InpaintRequest& request) const {
  check_request(request);
  auto result = generator_->generate(generation::Request{.reference = nullptr,
                                                         .source = request.abnormal,
                                                         .mask = request.mask,
                                                         .seed = request.seed,
                                                         .id = request.id});
  if (result.status == "failed") return {{}, std::move(result.used), result.reason};
  return {std::move(result.image), std::move(result.used), ""};
}

}  // namespace unidg::agents
