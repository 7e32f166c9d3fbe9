#include "unidg/baselines/config.h"

namespace unidg::baselines {
namespace {

Allowed odd_side() {
  return {[](const Json& v) {
            return v.is_number_integer() && v.get<int>() >= 1 && v.get<int>() <= 31 && v.get<int>() % 2 == 1;
          },
          "an odd number, 1 to 31"};
}

}  // namespace

void fields(FieldVisitor& visit, CropPasteConfig& c) {
  visit("angle_step", c.angle_step, in(1, 360), "degrees between the rotations that are tried");
}

void fields(FieldVisitor& visit, CopyHarmoniseConfig& c) {
  visit("statistics", c.statistics, one_of({"median", "mean-std", "none"}),
        "Lab statistics matched around the two defects");
  visit("max_gain", c.max_gain, in(1, 10), "mean-std: largest factor of the deviation, and its inverse");
  visit("feather", c.feather, in(0, 100), "pixels over which the edge fades; less around small defects");
}

void fields(FieldVisitor& visit, CutPasteConfig& c) {
  visit("min_area", c.min_area, in(1e-5, 1), "smallest patch / picture");
  visit("max_area", c.max_area, in(1e-5, 1), "largest patch / picture");
  visit("max_aspect", c.max_aspect, in(1, 100), "largest width / height, and its inverse");
  visit("jitter", c.jitter, in(0, 0.5), "brightness, contrast, saturation and hue");
}

void fields(FieldVisitor& visit, ScarConfig& c) {
  visit("min_width", c.min_width, in(1, 128), "pixels at a shorter side of 256");
  visit("max_width", c.max_width, in(1, 128), "pixels at a shorter side of 256");
  visit("min_length", c.min_length, in(1, 256), "pixels at a shorter side of 256");
  visit("max_length", c.max_length, in(1, 256), "pixels at a shorter side of 256");
  visit("max_angle", c.max_angle, in(0, 180), "degrees, either way");
  visit("jitter", c.jitter, in(0, 0.5), "brightness, contrast, saturation and hue");
}

void fields(FieldVisitor& visit, DraemConfig& c) {
  visit("min_octave", c.min_octave, in(0, 10), "2^k noise cells an axis, smallest k");
  visit("max_octave", c.max_octave, in(0, 10), "2^k noise cells an axis, largest k");
  visit("max_angle", c.max_angle, in(0, 180), "degrees the noise is turned by, either way");
  visit("threshold", c.threshold, in(-1, 0.9), "defect where the noise is above");
  visit("max_beta", c.max_beta, in(0, 1), "largest share of the source that shines through");
  visit("augmentations", c.augmentations, in(0, 10), "of the ten, applied to the texture");
}

void fields(FieldVisitor& visit, NsaConfig& c) {
  visit("min_half", c.min_half, in(0.005, 0.45), "half side of the patch / the picture's side, smallest");
  visit("max_half", c.max_half, in(0.005, 0.45), "half side of the patch / the picture's side, largest");
  visit("scale_mean", c.scale_mean, in(0.1, 10), "mean scale of the patch");
  visit("scale_spread", c.scale_spread, in(0, 10), "standard deviation of the scale");
  visit("min_scale", c.min_scale, in(0.1, 10), "smallest scale");
  visit("max_scale", c.max_scale, in(0.1, 10), "largest scale");
  visit("min_object", c.min_object, in(0, 1), "share of the patch that shows product");
  visit("min_overlap", c.min_overlap, in(0, 1), "share of the product in the patch that falls on product");
  visit("max_patches", c.max_patches, in(1, 32), "the first always, each further one by a coin");
  visit("clone", c.clone, one_of({"normal", "mixed"}), "kind of Poisson image editing");
  visit("label", c.label, one_of({"difference", "logistic", "patch"}), "what of the patch is labelled");
  visit("tolerance", c.tolerance, in(0, 255), "difference: smallest mean absolute difference");
  visit("logistic_k", c.logistic_k, above(0), "logistic: steepness");
  visit("logistic_x0", c.logistic_x0, in(0, 255), "logistic: difference at one half");
  visit("median", c.median, odd_side(), "side of the median filter over the label");
  visit("min_label", c.min_label, in(0, 1e6), "pixels; a smaller label is drawn again");
}

void fields(FieldVisitor& visit, FolderConfig& c) {
  visit("pick", c.pick, one_of({"first", "uniform"}), "which pictures of a type");
  visit("count", c.count, in(0, 1e9), "uniform: how many are picked of each type");
}

void fields(FieldVisitor& visit, Config& c) {
  visit("mask", c.mask, one_of({"native", "given"}), "native: drawn as published; given: the target mask");
  visit("weak_below", c.weak_below, in(0, 255), "status is weak below this mean change inside the label");
  visit.group("crop_paste", c.crop_paste);
  visit.group("copy_harmonise", c.copy_harmonise);
  visit.group("cutpaste", c.cutpaste);
  visit.group("scar", c.scar);
  visit.group("draem", c.draem);
  visit.group("nsa", c.nsa);
  visit.group("folder", c.folder);
}

}  // namespace unidg::baselines
