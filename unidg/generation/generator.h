#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "unidg/conditioning/painter.h"
#include "unidg/dataset/picture_texts.h"
#include "unidg/editing/diptych.h"

namespace unidg::generation {

/// Everything that decides a picture besides the pictures themselves.
struct GenerateConfig {
  editing::EditingConfig editing;
  conditioning::PaintConfig paint;
  double weak_below =
      2.0;  ///< status is weak when the mean absolute change inside the asked mask is below (0..255)
  /// given | native: the reference's own shape, laid on the mask asked for | exact: at its own size and with
  /// its own pixels too, where reference and scene are photos that show one product alike
  std::string mask = "given";
  std::int64_t batch = 8;  ///< windows painted at once by the embedded model
};
void fields(FieldVisitor& visit, GenerateConfig& c);

/// Insert-Anything's inference geometry and hyper-parameters: zoom box, reference grown by 1.3, grey hole, 50
/// steps at guidance 30, no defect attention. Its whole-crop paste-back is left out, since it changes pixels
/// outside the mask; `editing.paste` crop brings it back.
GenerateConfig insert_anything();

/// One picture to make.
struct Request {
  std::shared_ptr<const MaskedImage> reference;  ///< the defect and its mask
  Image source;                                  ///< the good picture
  Mask mask;                                     ///< where to paint, source size
  std::uint64_t seed = 0;
  std::string id;          ///< with the seed it decides the noise: order, batch and shard don't
  std::string type;        ///< the reference's defect type, "" when unknown
  std::size_t number = 0;  ///< place among the plan's pictures of this type, for generators that own a list
};

struct Result {
  Image image;  ///< size, channels and depth of the source; byte-equal to it outside `used`
  Mask used;    ///< the mask that limited the edit (dilated)
  Mask label;   ///< what is defect now, where it is not the mask asked for; else empty-sized
  bool is_foreign =
      false;           ///< not painted into the source but made elsewhere: there is no normal picture of it
  std::string status;  ///< ok | weak | failed
  std::string reason;  ///< why weak or failed
  double change = 0;   ///< mean absolute change inside the asked mask, 0..255
  int windows = 0;
};

/// Whatever makes labelled pictures: our networks, or a baseline that they are compared with. One batch code,
/// writer, manifest and gallery serves them all (run_batch).
class Generator {
 public:
  virtual ~Generator() = default;
  /// One result a request, in order; each depends on its own request alone. A request that cannot be painted
  /// gives a failed result with its reason, the others are unaffected.
  virtual std::vector<Result> generate(const std::vector<Request>& requests) const = 0;
  Result generate(const Request& request) const;

  virtual std::string name() const = 0;  ///< what the manifest calls the model
  /// Every setting that decides a picture, flat: `{"cutpaste.min_area": 0.02, ...}`.
  virtual Json settings() const = 0;
  virtual std::int64_t steps() const { return 0; }  ///< sampling steps; 0 where there are none
  virtual std::optional<double> guidance() const { return std::nullopt; }
  virtual std::int64_t batch() const { return 1; }  ///< requests worth handing over at once
  virtual dataset::PixelSource source() const { return dataset::PixelSource::Algorithm; }
};

/// Where the networks come from.
struct ModelPaths {
  std::string model = "embedded";  ///< embedded | a folder (diffusers layout or a small model's)
  std::filesystem::path transformer, vae, image_encoder, redux;  ///< single files; each replaces that part
  std::vector<std::pair<std::filesystem::path, double>> loras;
};

/// Paints the reference's defect into good pictures (Sec. 5.2): Alg. 1, the networks, paste-back.
class DefectGenerator : public Generator {
 public:
  /// @throws InputError/FormatError naming the file that is missing or does not fit
  static DefectGenerator load(const ModelPaths& paths, GenerateConfig config);
  DefectGenerator(std::unique_ptr<conditioning::Painter> painter, GenerateConfig config);

  using Generator::generate;
  std::vector<Result> generate(const std::vector<Request>& requests) const override;
  std::string name() const override { return painter_->name(); }
  Json settings() const override;
  std::int64_t steps() const override { return config_.paint.steps; }
  std::optional<double> guidance() const override { return config_.paint.guidance; }
  std::int64_t batch() const override { return painter_->is_small() ? config_.batch : 1; }
  dataset::PixelSource source() const override { return dataset::PixelSource::TrainedModel; }

  const GenerateConfig& config() const { return config_; }  ///< with every "auto" resolved
  const conditioning::Painter& painter() const { return *painter_; }

 private:
  std::unique_ptr<conditioning::Painter> painter_;
  GenerateConfig config_;
};

/// The embedded model's folder: UNIDG_MODELS/embedded, beside the program, or the source tree's.
/// @throws InputError saying where it was looked for
std::filesystem::path embedded_model_folder();

}  // namespace unidg::generation
