#pragma once
#include <string>

#include "unidg/core/config.h"

namespace unidg::baselines {

/// Crop-Paste (Lin et al. 2021): the reference's defect pixels, turned and scaled to the target mask.
struct CropPasteConfig {
  int angle_step = 5;  ///< degrees between the rotations that are tried, each with its mirror image
};

/// Crop-Paste whose surface is matched to the new one and whose edge is soft.
struct CopyHarmoniseConfig {
  /// Of Lab, around the two defects: median | mean-std | none. A gain of the deviation would change the
  /// defect's own contrast, and means follow an edge or a speck nearby.
  std::string statistics = "median";
  double max_gain = 1.5;  ///< mean-std: largest factor of the standard deviation, and its inverse
  int feather = 6;        ///< pixels over which the edge fades, outside the label; less around small defects
};

/// CutPaste (Li et al. 2021): a patch of the same picture, colour-jittered, pasted elsewhere.
struct CutPasteConfig {
  double min_area = 0.02, max_area = 0.15;  ///< of the picture
  double max_aspect = 3.3;                  ///< width / height, and its inverse; drawn evenly on a log scale
  double jitter = 0.1;                      ///< brightness, contrast, saturation, hue
};

/// The long thin patch of CutPaste. Pixels are those of a picture whose shorter side has 256.
struct ScarConfig {
  double min_width = 2, max_width = 16;
  double min_length = 10, max_length = 25;
  double max_angle = 45;  ///< degrees, either way
  double jitter = 0.1;
};

/// DRAEM (Zavrtanik et al. 2021): a texture blended in where Perlin noise is high.
struct DraemConfig {
  int min_octave = 0, max_octave = 5;  ///< 2^k noise cells an axis, k drawn for each
  double max_angle = 90;               ///< degrees the noise is turned by, either way
  double threshold = 0.5;
  double max_beta = 0.8;  ///< share of the source that shines through, drawn evenly from 0
  int augmentations = 3;  ///< of the ten, applied to the texture
};

/// NSA (Schlueter et al. 2022): a patch of another good picture, blended in by Poisson image editing.
struct NsaConfig {
  double min_half = 0.05, max_half = 0.2;        ///< half width and half height of the patch / the picture's
  double scale_mean = 1, scale_spread = 0.5;     ///< of the patch's size, normally distributed
  double min_scale = 0.7, max_scale = 1.3;       ///< and clipped to this
  double min_object = 0.25, min_overlap = 0.25;  ///< share of the patch that shows product, before and after
  int max_patches = 4;                           ///< the first always, each further one by the flip of a coin
  std::string clone = "normal";                  ///< normal | mixed: seamlessClone's kind
  std::string label = "difference";              ///< difference | logistic | patch
  double tolerance = 1;                          ///< difference: smallest mean absolute difference, 0..255
  double logistic_k = 1.0 / 6, logistic_x0 = 20;  ///< logistic: label where 1 / (1 + exp(-k (d - x0))) > 0.5
  int median = 5;                                 ///< side of the median filter over the label
  int min_label = 50;                             ///< pixels; a smaller label is drawn again
};

/// An existing folder of pictures and masks.
struct FolderConfig {
  std::string pick = "first";  ///< first | uniform
  int count = 0;               ///< uniform: how many are picked of each type
};

/// Settings of every baseline.
struct Config {
  std::string mask = "native";  ///< native: drawn as published | given: the target mask
  double weak_below = 2.0;      ///< status is weak when the mean change inside the label is below (0..255)
  CropPasteConfig crop_paste;
  CopyHarmoniseConfig copy_harmonise;
  CutPasteConfig cutpaste;
  ScarConfig scar;
  DraemConfig draem;
  NsaConfig nsa;
  FolderConfig folder;
};

void fields(FieldVisitor& visit, CropPasteConfig& c);
void fields(FieldVisitor& visit, CopyHarmoniseConfig& c);
void fields(FieldVisitor& visit, CutPasteConfig& c);
void fields(FieldVisitor& visit, ScarConfig& c);
void fields(FieldVisitor& visit, DraemConfig& c);
void fields(FieldVisitor& visit, NsaConfig& c);
void fields(FieldVisitor& visit, FolderConfig& c);
void fields(FieldVisitor& visit, Config& c);

}  // namespace unidg::baselines
