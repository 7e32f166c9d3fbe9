#pragma once
#include <string>
#include <vector>

#include "unidg/core/rng.h"
#include "unidg/generation/generator.h"

namespace unidg::baselines {

using generation::Request;
using generation::Result;

/// What a baseline does to one picture.
struct Painted {
  cv::Mat rgb;    ///< CV_32FC3 of the source's size, [0, 255]
  cv::Mat alpha;  ///< CV_32FC1, [0, 1]: how much of it is taken; where it is 0 the source's bytes stay
  Mask label;     ///< what is defect now; empty-sized: the mask asked for
};

/// A generator without networks. It changes pixels under its mask alone, whatever the published code does
/// elsewhere, and its random numbers come from seed, id and name.
class Baseline : public generation::Generator {
 public:
  using Generator::generate;
  std::vector<Result> generate(const std::vector<Request>& requests) const override;
  std::string name() const override { return name_; }
  Json settings() const override { return settings_; }

 protected:
  /// @param settings what decides a picture  @param weak_below see Config
  Baseline(std::string name, Json settings, double weak_below)
      : name_(std::move(name)), settings_(std::move(settings)), weak_below_(weak_below) {}

  /// @throws InputError when this picture cannot be painted
  virtual Painted paint(const Request& request, Rng& rng) const = 0;

 private:
  Result finish(const Request& request) const;

  std::string name_;
  Json settings_;
  double weak_below_;
};

/// Rgb as the picture is seen: [0, 255], CV_32FC3.
cv::Mat rgb32(const Image& image);

/// The reference, for baselines that copy a defect. @throws InputError when there is none
const MaskedImage& need_reference(const Request& request);

}  // namespace unidg::baselines
