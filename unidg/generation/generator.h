#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "unidg/conditioning/painter.h"
#include "unidg/editing/diptych.h"

namespace unidg::generation {

/// Everything that decides a picture besides the pictures themselves.
struct GenerateConfig {
  editing::EditingConfig editing;
  conditioning::PaintConfig paint;
  double weak_below =
      2.0;  ///< status is weak when the mean absolute change inside the asked mask is below (0..255)
  std::int64_t batch = 8;  ///< windows painted at once by the embedded model
};
void fields(FieldVisitor& visit, GenerateConfig& c);

/// One picture to make.
struct Request {
  std::shared_ptr<const MaskedImage> reference;  ///< the defect and its mask
  Image source;                                  ///< the good picture
  Mask mask;                                     ///< where to paint, source size
  std::uint64_t seed = 0;
  std::string id;  ///< with the seed it decides the noise: order, batch and shard don't
};

struct Result {
  Image image;         ///< size, channels and depth of the source; byte-equal to it outside `used`
  Mask used;           ///< the mask that limited the edit (dilated)
  std::string status;  ///< ok | weak | failed
  std::string reason;  ///< why weak or failed
  double change = 0;   ///< mean absolute change inside the asked mask, 0..255
  int windows = 0;
};

/// Where the networks come from.
struct ModelPaths {
  std::string model = "embedded";  ///< embedded | a folder (diffusers layout or a small model's)
  std::filesystem::path transformer, vae, image_encoder, redux;  ///< single files; each replaces that part
  std::vector<std::pair<std::filesystem::path, double>> loras;
};

/// Paints the reference's defect into good pictures (Sec. 5.2): Alg. 1, the networks, paste-back.
class DefectGenerator {
 public:
  /// @throws InputError/FormatError naming the file that is missing or does not fit
  static DefectGenerator load(const ModelPaths& paths, GenerateConfig config);
  DefectGenerator(std::unique_ptr<conditioning::Painter> painter, GenerateConfig config);

  /// A request that cannot be painted gives a failed result with its reason; the others are unaffected.
  std::vector<Result> generate(const std::vector<Request>& requests) const;
  Result generate(const Request& request) const;

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
