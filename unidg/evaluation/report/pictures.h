#pragma once
#include <string>
#include <vector>

#include "unidg/evaluation/report/run.h"
#include "unidg/image/image.h"

namespace unidg::evaluation::report {

/// Standard base64 (RFC 4648) with padding.
std::string base64(std::string_view bytes);

/// A small picture as a data URI (JPEG, to look at only). @param side length of the longer side, pixels
std::string thumbnail(const Image& image, int side);
/// The same with the outline of a mask.
std::string outlined(const Image& image, const Mask& mask, int side);

struct SampleLimits {
  int per_product = 4;  ///< targets shown of a product, of different defect types where there are
  int side = 176;       ///< pixels of a small picture
  int worst = 3;        ///< of each kind, for a product and a generator
};

/// One target of the plan as every generator painted it.
struct Painted {
  std::string generator;      ///< label
  std::string result, zoom;   ///< data URIs; "" where the generator has no such picture
  std::string status = "ok";  ///< ok, weak, failed or missing
};
struct Sample {
  std::string product, id, type;
  std::string scene;      ///< with the outline of the mask
  std::string reference;  ///< the defect that was to be copied, outlined; "" when unknown
  std::vector<Painted> painted;
};
/// From the generated sets of the first seed beside the results. What cannot be read is told in `warnings`.
std::vector<Sample> samples(const Run& run, const SampleLimits& limits, std::vector<std::string>& warnings);

struct WorstPicture {
  std::string product, generator, why, type, image;
  double score = 0;
  std::string picture;  ///< with the outline of its ground truth; "" when the file is not there
};
/// Of the localisation results of the first seed.
std::vector<WorstPicture> worst_pictures(const Run& run, const SampleLimits& limits);

}  // namespace unidg::evaluation::report
