#include "unidg/conditioning/painter.h"
#include "unidg/core/progress.h"
#include "unidg/flow/sampler.h"
#include "unidg/image/pillow_resize.h"
#include "unidg/image/tensor.h"

namespace unidg::conditioning {
namespace {

/// FLUX.1-Fill and Redux at full size.
class FluxPainter : public Painter {
 public:
  FluxPainter(FillPipeline pipeline, std::string name, std::string hole)
      : pipeline_(std::move(pipeline)), name_(std::move(name)), hole_(std::move(hole)) {}

  std::string name() const override { return name_; }
  int size() const override { return 768; }
  bool wants_collage() const override { return false; }
  bool is_small() const override { return false; }

  PaintConfig resolve(PaintConfig c) const override {
    if (c.steps == 0) c.steps = 28;
    if (c.hole == "auto") c.hole = hole_;
    if (c.start == 0) c.start = 1;
    if (c.start < 1 && c.hole != "collage")
      throw UsageError("paint.start is ", c.start, " but a guided start needs paint.hole=collage");
    return c;
  }

  std::vector<cv::Mat> paint(const std::vector<View>& views, const PaintConfig& config) override {
    std::vector<cv::Mat> out;
    for (const auto& view : views) out.push_back(paint(view, config));
    return out;
  }

 private:
  cv::Mat paint(const View& view, const PaintConfig& config) {
    const bool plain = config.mode == "plain";
    const auto& d = view.diptych;
    const auto device = pipeline_.transformer->x_embedder->weight.device();
    const auto picture = [&](const cv::Mat& m) { return to_tensor(m).unsqueeze(0); };
    const auto flat = [&](const cv::Mat& m) { return mask_to_tensor(m).unsqueeze(0); };
    const auto beside = [&](const Tensor& left, const Tensor& right) {
      return plain ? right : torch::cat({left, right}, 3);
    };

    FillInput input;
    const auto target_mask = flat(d.target.mask);
    const auto left = plain ? Tensor() : picture(d.reference.image);
    input.image = beside(left, picture(d.target.image)).to(device);               // Eq. 5
    input.mask = beside(torch::zeros_like(target_mask), target_mask).to(device);  // Eq. 6
    if (!plain) {
      const auto reference_mask = flat(d.reference.mask);
      input.reference_mask = torch::cat({reference_mask, torch::zeros_like(target_mask)}, 3).to(device);
      const auto side = static_cast<int>(pipeline_.image_encoder->config().image_size);
      input.reference =
          picture(pillow_resize(d.reference.image, side, side, PillowFilter::Bicubic)).to(device);
    }
    if (config.hole == "collage") {
      if (view.collage.empty())
        throw InputError(view.id, ": paint.hole=collage needs a reference with its mask");
      input.guess = beside(left, picture(view.collage)).to(device);
    }
    const auto tokens = input.image.size(2) / 16 * (input.image.size(3) / 16);
    input.noise =
        flow::noise({1, tokens, pipeline_.transformer->config().out_channels}, view.seed, view.id).to(device);

    FillOptions options;
    options.steps = static_cast<int>(config.steps);
    options.guidance = config.guidance;
    options.hole = config.hole == "grey" ? 0.0 : -1.0;
    options.start = config.start;
    options.collapse_text = config.collapse_text;
    options.attention = {config.attention_alpha, config.attention_set};
    options.schedule = config.schedule;
    Progress progress(view.id, config.steps);
    options.after_step = [&](int step) { progress.set(step + 1); };
    const auto painted = pipeline_.run(input, options).image.to(torch::kCPU);
    const auto size = input.image.size(2);
    return to_pixels((plain ? painted : painted.narrow(3, size, size))[0]);
  }

  FillPipeline pipeline_;
  std::string name_;
  std::string hole_;
};

}  // namespace

std::unique_ptr<Painter> flux_painter(FillPipeline pipeline, std::string name, std::string hole) {
  return std::make_unique<FluxPainter>(std::move(pipeline), std::move(name), std::move(hole));
}

}  // namespace unidg::conditioning
