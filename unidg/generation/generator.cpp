#include "unidg/generation/generator.h"

#include "unidg/editing/collage.h"
#include "unidg/editing/fit.h"
#include "unidg/editing/likeness.h"
#include "unidg/editing/own_size.h"
#include "unidg/generation/outcome.h"

namespace unidg::generation {

using conditioning::View;
using editing::Placement;

namespace {

constexpr int kAngleStep = 5;         // degrees between the turns that a native mask is tried at
constexpr double kSizesDiffer = 0.4;  // share by which the sides of photos that frame one product may differ

// One window of one request on its way through the networks.
struct Job {
  std::size_t request;
  Placement placement;
  Mask asked, used;  // of this window's parts alone, source size
  cv::Mat collage;   // CV_8UC3, window size; may be empty
  View view;
  double same_product = 0;  // reference and source, 0..1
};

// The reference's defect warped into the mask at the source's own resolution.
cv::Mat collage_window(const MaskedImage& reference, const Image& source, const Job& job,
                       const GenerateConfig& config) {
  const auto& window = job.placement.window;
  const cv::Mat scene = source.rgb8()(window).clone();
  const cv::Mat asked = job.asked.pixels()(window).clone(), used = job.used.pixels()(window).clone();
  return editing::make_collage(reference, scene, cv::countNonZero(asked) > 0 ? asked : used, used,
                               config.paint.underlay, config.editing.lift, job.same_product,
                               config.editing.continues)
      .image;
}

// Model pixels of a picture that shows `patch` in the window and the source elsewhere.
cv::Mat view_patch(const Image& source, const cv::Mat& patch, const Job& job,
                   const editing::EditingConfig& config) {
  cv::Mat whole = source.rgb8().clone();
  patch.copyTo(whole(job.placement.window));
  return editing::view_target(Image(whole), job.used, job.placement, config).image;
}

// What the model changed against the collage it was shown, laid over the collage at full resolution: detail
// finer than the model's pixels comes from the photographs.
cv::Mat with_detail(const cv::Mat& painted, const Job& job) {
  cv::Mat shown, change;
  job.view.collage.convertTo(shown, CV_32FC3);
  change = (painted - shown) * 0.5 + cv::Scalar::all(127.5);  // kept inside [0, 255] on its way back
  cv::Mat large = (editing::unplace(change, job.placement) - cv::Scalar::all(127.5)) * 2.0;
  cv::Mat fine;
  job.collage.convertTo(fine, CV_32FC3);
  return fine + large;
}

// The collage is feathered already. Raises what it changes by as much as `alpha` is going to fade it.
void keep_feather(cv::Mat& window, const Image& source, const Job& job, const cv::Mat& alpha) {
  constexpr float kLeast = 1e-3f;
  cv::Mat change, share;
  cv::subtract(job.collage, source.rgb8()(job.placement.window), change, cv::noArray(), CV_32FC3);
  cv::max(alpha(job.placement.window), kLeast, share);
  share = 1 / share - 1;
  cv::merge(std::vector<cv::Mat>{share, share, share}, share);
  window += change.mul(share);
}

// Reference and scene are photos of one product, framed alike: the reference's region fits as it is.
bool fits_as_it_is(const Request& r, const editing::ProductLikeness& product) {
  const auto alike = [](int a, int b) { return std::abs(a - b) <= kSizesDiffer * std::max(a, b); };
  return product.same > 0.5 && alike(r.reference->image.width(), r.source.width()) &&
         alike(r.reference->image.height(), r.source.height());
}

// The reference's own shape where the mask asks for it: centroid, area and the turn of largest overlap.
Mask native_mask(const Request& r) {
  if (!r.reference || r.reference->mask.is_empty()) return r.mask;
  const cv::Rect everywhere(0, 0, r.source.width(), r.source.height());
  const auto fit = editing::best_fit(r.reference->mask, r.mask, kAngleStep);
  const Mask laid(editing::lay(r.reference->mask.pixels(), fit, everywhere, cv::BORDER_CONSTANT));
  return laid.is_empty() ? r.mask : laid;
}

}  // namespace

Result Generator::generate(const Request& request) const {
  auto results = generate(std::vector<Request>{request});
  return std::move(results.front());
}

DefectGenerator::DefectGenerator(std::unique_ptr<conditioning::Painter> painter, GenerateConfig config)
    : painter_(std::move(painter)), config_(std::move(config)) {
  // Every "auto" becomes what suits the model, so that the echoed settings say what was done.
  auto& e = config_.editing;
  if (painter_->is_small() && e.size == editing::EditingConfig{}.size) e.size = painter_->size();
  if (e.target_zoom == "auto") e.target_zoom = painter_->is_small() ? "window" : "none";
  if (e.tone == "auto") e.tone = "ring";
  config_.paint = painter_->resolve(config_.paint);
}

Json DefectGenerator::settings() const {
  auto settings = echo_fields(config_);
  settings.erase("batch");  // only divides the work
  return settings;
}

std::vector<Result> DefectGenerator::generate(const std::vector<Request>& asked) const {
  const auto& e = config_.editing;
  auto requests = asked;
  std::vector<Result> results(requests.size());
  std::vector<Job> jobs;

  // Pixels to diptychs (Alg. 1, Eq. 5-6, 8).
  for (std::size_t i = 0; i < requests.size(); ++i) {
    auto& r = requests[i];
    auto& result = results[i];
    try {
      check_request(r);
      const bool lays_collage = r.reference && config_.paint.hole == "collage";
      editing::ProductLikeness product;
      if (lays_collage || (r.reference && config_.mask == "exact"))
        product = editing::compare_products(r.reference->image.rgb8(), r.source.rgb8());
      std::optional<editing::OwnSize> own;
      if (r.reference && config_.mask == "exact" && fits_as_it_is(r, product)) {
        own = editing::lay_own_size(*r.reference, r.source.rgb8(), r.mask);
        if (own->shape.is_empty()) own.reset();
      }
      if (config_.mask != "given") result.label = r.mask = own ? own->shape : native_mask(r);
      result.image = r.source.clone();
      result.used = editing::dilate(r.mask, e);
      const auto windows = editing::plan_windows(result.used, e);
      MaskedImage lit;    // the reference in the scene's light
      cv::Mat with_copy;  // CV_8UC3: the scene with the reference's own pixels in it
      if (lays_collage && own)
        with_copy = editing::blend_own_size(*own, r.source.rgb8(), result.used, product.gain);
      else if (lays_collage)
        lit = editing::exposed(*r.reference, product.gain);
      for (std::size_t w = 0; w < windows.size(); ++w) {
        const auto part = editing::window_part(result.used, windows, w);
        if (part.is_empty()) continue;
        Job job{i, windows[w], Mask(r.mask.pixels() & part.pixels()), part, {}, {}};
        if (r.reference) job.view.diptych.reference = editing::crop_reference(*r.reference, e);
        job.view.diptych.target = editing::view_target(r.source, job.used, job.placement, e);
        if (lays_collage) {
          job.same_product = product.same;
          job.collage =
              own ? with_copy(job.placement.window).clone() : collage_window(lit, r.source, job, config_);
          job.view.collage = view_patch(r.source, job.collage, job, e);
        }
        job.view.seed = r.seed;
        job.view.id = w == 0 ? r.id : text(r.id, "#", w);
        jobs.push_back(std::move(job));
      }
    } catch (const InputError& error) {
      result.status = "failed";
      result.reason = error.what();
    }
  }

  // Diptychs to painted squares.
  std::vector<View> views;
  for (const auto& job : jobs) views.push_back(job.view);
  const auto painted = painter_->paint(views, config_.paint);

  // Painted squares back into the pictures, under a feather inside the used mask.
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    const auto& job = jobs[j];
    const auto& r = requests[job.request];
    auto& result = results[job.request];
    const bool detailed = config_.paint.detail == "collage" && !job.collage.empty();
    cv::Mat window = detailed ? with_detail(painted[j], job) : editing::unplace(painted[j], job.placement);
    if (e.tone == "ring") window += editing::ring_offset(window, r.source, job.used, job.placement.window);
    const auto alpha = editing::paste_alpha(job.asked, job.used, job.placement.window, e);
    if (detailed) keep_feather(window, r.source, job, alpha);
    editing::paste_back(result.image, window, job.placement.window, alpha);
    ++result.windows;
  }
  for (std::size_t i = 0; i < requests.size(); ++i)
    if (results[i].status != "failed") judge(results[i], requests[i], config_.weak_below);
  return results;
}

}  // namespace unidg::generation
