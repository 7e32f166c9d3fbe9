#pragma once
#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "unidg/conditioning/fill_pipeline.h"
#include "unidg/core/config.h"
#include "unidg/editing/diptych.h"
#include "unidg/flow/schedule.h"
#include "unidg/models/small/small_model.h"

namespace unidg::conditioning {

/// How the networks are run. "auto" and 0 mean: as the model was made (docs/choices.md 18-33).
struct PaintConfig {
  std::int64_t steps = 0;        ///< 0 = the model's own (28 full size)
  double guidance = 30.0;        ///< distilled guidance of the full-size model
  std::string hole = "auto";     ///< black | grey | collage | auto: what the networks see inside the mask
  double start = 0;              ///< guided start t0 in (0, 1], 0 = the model's own; 1 = pure noise
  std::string mode = "diptych";  ///< diptych | plain (Fill without a reference half, docs/choices.md 74c)
  double attention_alpha = 2.0;  ///< alpha of Eq. 11; 1 = off
  std::string attention_set = "both";
  bool collapse_text = true;
  std::string underlay = "source";  ///< source | smooth: what lies under the collage
  std::string detail =
      "collage";       ///< collage | none: whether detail finer than the model's window is taken from it
  double smooth = -1;  ///< Gaussian over what the small model changes, deviation in model pixels; -1: its own
  std::string compute =
      "stored";  ///< full-size denoiser on a CPU: stored (fp32 products) | bf16 | int8 (nn::LinearCompute)
  flow::ScheduleConfig schedule;
};
void fields(FieldVisitor& visit, PaintConfig& c);

/// One window to paint, all in model pixels.
struct View {
  editing::Diptych diptych;  ///< Alg. 1
  cv::Mat collage;           ///< CV_8UC3 S x S, the window with the warped defect; may be empty
  std::uint64_t seed = 0;
  std::string id;  ///< decides the noise together with the seed
};

/// Networks that turn a diptych into its painted right half.
class Painter {
 public:
  virtual ~Painter() = default;
  /// @returns one CV_32FC3 S x S in [0, 255] a view, in order; independent of how views are batched
  virtual std::vector<cv::Mat> paint(const std::vector<View>& views, const PaintConfig& config) = 0;
  virtual std::string name() const = 0;  ///< e.g. "embedded-v0"
  virtual int size() const = 0;          ///< preferred side of one half
  virtual bool wants_collage() const = 0;
  virtual bool is_small() const = 0;  ///< zoom and tone matching default on (docs/choices.md 74e)
  virtual PaintConfig resolve(PaintConfig config) const = 0;  ///< every "auto" and 0 made concrete
};

std::unique_ptr<Painter> small_painter(models::SmallModel model, std::string name);
/// @param hole what `paint.hole=auto` means for these weights: black | grey
std::unique_ptr<Painter> flux_painter(FillPipeline pipeline, std::string name, std::string hole);

}  // namespace unidg::conditioning
