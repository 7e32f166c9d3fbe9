#include "unidg/conditioning/painter.h"
#include "unidg/editing/collage.h"
#include "unidg/flow/packing.h"
#include "unidg/flow/sampler.h"
#include "unidg/image/tensor.h"

namespace unidg::conditioning {
namespace {

/// The embedded model: the collage is its hole, its first guess and its start. A model trained without
/// references (App. A.1) has the hole filled smoothly instead and sees the scene alone.
class SmallPainter : public Painter {
 public:
  SmallPainter(models::SmallModel model, std::string name)
      : model_(std::move(model)), name_(std::move(name)) {}

  std::string name() const override { return name_; }
  int size() const override { return static_cast<int>(model_.settings.size); }
  bool wants_collage() const override { return !model_.settings.plain; }
  bool is_small() const override { return true; }

  PaintConfig resolve(PaintConfig c) const override {
    if (c.hole != "auto" && c.hole != "collage")
      throw UsageError("paint.hole is '", c.hole,
                       "' but this model was trained on a collage; use auto or collage");
    if (c.mode != (model_.settings.plain ? "plain" : "diptych"))
      throw UsageError("paint.mode is '", c.mode, "' but this model was trained ",
                       model_.settings.plain
                           ? "to inpaint, without references: `unidg agents inpaint` uses it"
                           : "on diptychs only: it always wants a reference");
    c.hole = "collage";
    if (c.steps == 0) c.steps = model_.settings.steps;
    if (c.start == 0) c.start = model_.settings.start;
    if (c.smooth < 0) c.smooth = model_.settings.smooth;
    c.attention_alpha = 1;  // trained without the bias of Eq. 11
    c.attention_set = "off";
    return c;
  }

  // One view after the other: a picture then depends on nothing but its own view.
  std::vector<cv::Mat> paint(const std::vector<View>& views, const PaintConfig& config) override {
    torch::NoGradGuard no_grad;
    std::vector<cv::Mat> out;
    for (const auto& view : views) out.push_back(paint(view, config));
    return out;
  }

 private:
  cv::Mat paint(const View& view, const PaintConfig& config) {
    const bool plain = model_.settings.plain;
    const auto& target = view.diptych.target;
    if (!plain && view.collage.empty())
      throw InputError(view.id, ": the embedded model needs a reference with its mask");
    const auto collage =
        to_tensor(plain ? editing::fill_hole(target.image, target.mask) : view.collage).unsqueeze(0);
    const auto right_mask = mask_to_tensor(target.mask).unsqueeze(0);  // [1, 1, S, S]
    const auto reference = plain ? Tensor() : to_tensor(view.diptych.reference.image).unsqueeze(0);
    const auto beside = [&](const Tensor& left, const Tensor& right) {
      return plain ? right : torch::cat({left, right}, 3);
    };
    const auto guess = beside(reference, collage);                        // Eq. 5
    const auto mask = beside(torch::zeros_like(right_mask), right_mask);  // Eq. 6
    const auto condition = model_.condition(guess, mask, reference);

    // From the collage noised to t0 down to a clean picture.
    const flow::ScheduleConfig linear{.use_dynamic_shifting = false, .shift = 1};
    const auto levels =
        flow::sigmas(static_cast<int>(config.steps), condition.guess.size(1), linear, config.start);
    const auto noise = flow::noise(condition.guess.sizes(), view.seed, view.id);
    const auto x = flow::interpolate(condition.guess, noise, torch::full({1}, config.start));
    const auto velocity = [&](const Tensor& x_t, int, double sigma) {
      return (x_t - model_.estimate(x_t, torch::full({1}, sigma), condition)) / sigma;
    };
    const auto z = flow::sample(velocity, x, levels);

    // What the networks changed, added to the collage itself: the codec's own loss stays out of the picture.
    const auto rows = guess.size(2) / 8, columns = guess.size(3) / 8, side = guess.size(2);
    const auto change = model_.codec->decode(flow::unpack_latents(z - condition.guess, rows, columns)) -
                        model_.codec->decode(torch::zeros({1, model_.codec->channels(), rows, columns}));
    auto painted_change = change.narrow(3, change.size(3) - side, side);
    if (is_grey(collage)) painted_change = painted_change.mean(1, true).expand_as(collage);
    if (config.smooth > 0) painted_change = smoothed(painted_change, config.smooth);
    return to_pixels((collage + painted_change)[0]);
  }

  // A scene without colour keeps none: the codec's chroma would only add noise there.
  static bool is_grey(const Tensor& picture) {
    const auto spread = picture.amax(1) - picture.amin(1);  // [1, S, S]; 2 = the full range
    return spread.mean().item<double>() < 0.02;
  }

  // Tokens of 16 pixels and patches of 8 leave edges in a young network's change; fine detail is the
  // collage's.
  static Tensor smoothed(const Tensor& change, double sigma) {
    const auto reach = static_cast<std::int64_t>(std::ceil(3 * sigma));
    auto weights = torch::arange(-reach, reach + 1, torch::kFloat32).div_(sigma).square_().mul_(-0.5).exp_();
    weights = (weights / weights.sum()).view({1, 1, 1, -1}).repeat({3, 1, 1, 1});
    const auto pad = [&](const Tensor& x, std::int64_t left, std::int64_t top) {
      return torch::replication_pad2d(x, {left, left, top, top});
    };
    const auto blur = [&](const Tensor& x, const Tensor& w) {
      return at::conv2d(x, w, {}, at::IntArrayRef{1, 1}, at::IntArrayRef{0, 0}, at::IntArrayRef{1, 1}, 3);
    };
    const auto rows = blur(pad(change.contiguous(), reach, 0), weights);
    return blur(pad(rows, 0, reach), weights.transpose(2, 3));
  }

  models::SmallModel model_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Painter> small_painter(models::SmallModel model, std::string name) {
  return std::make_unique<SmallPainter>(std::move(model), std::move(name));
}

}  // namespace unidg::conditioning
