#pragma once
#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "unidg/image/image.h"

/// Sets of real pictures: readers of published layouts, our own set folder, checks and exports.
namespace unidg::dataset::sets {

/// A file, or a member of a tar.
struct FileRef {
  std::filesystem::path path;
  std::uint64_t offset = 0, bytes = 0;  ///< of the member; bytes 0: the whole file
  std::string member;                   ///< name inside the archive; "" for a file
  bool is_empty() const { return path.empty(); }
  std::string name() const;       ///< for messages
  std::string extension() const;  ///< ".png", in lower case
};
/// @throws InputError when it cannot be read, or is larger than a picture may be
std::string read_bytes(const FileRef& file);

/// A mask picture. Grey or colourless; white = defect.
struct MaskFile {
  FileRef file;
  enum class Defect {
    Bright,   ///< above 127; small label values (0 and 1) are taken as NonZero
    NonZero,  ///< everything that is not 0, as in VisA
  } defect = Defect::Bright;
};
/// Pixels of a label picture that carry one of these colours (0xRRGGBB; grey v is 0x010101 * v).
struct LabelColours {
  FileRef file;
  std::vector<std::uint32_t> colours;
};
/// Run lengths that alternate between outside and inside, the first outside.
struct RunLengths {
  cv::Size size;
  std::vector<std::uint32_t> counts;
  bool by_columns = true;  ///< COCO, Severstal: top to bottom, then left to right
};
/// Rings in pixels, corner of the first pixel = (0, 0); filled as pycocotools does, united.
struct Polygons {
  std::vector<std::vector<cv::Point2d>> rings;
};
/// Boxes; with a template only the pixels inside that differ from it.
struct Boxes {
  std::vector<cv::Rect> boxes;
  FileRef differs_from;
};
using MaskSource = std::variant<MaskFile, LabelColours, RunLengths, Polygons, Boxes>;

/// One kind of defect in a picture.
struct MaskPart {
  std::string type;  ///< the source's own word
  MaskSource source;
};

/// One picture of an imported set. Nothing is decoded before `load_mask`.
struct Sample {
  std::string id;  ///< unique in its set, safe as a file name
  FileRef image;   ///< the abnormal picture, or a normal one when `parts` is empty
  std::vector<MaskPart> parts;
  FileRef normal;   ///< its aligned normal counterpart, where there is one
  FileRef caption;  ///< caption JSON, where there is one
  std::string source, object;
  std::string type;  ///< the source's word; several joined by '+'; "good" when normal
  std::string domain, licence;
  std::string part;                 ///< the photographed specimen: a split never separates what shares it
  std::string split;                ///< train, val, test or ""
  std::string mask_kind = "pixel";  ///< pixel | coarse | box
  std::string origin = "real";      ///< real | synthesised
  bool empty_mask_is_good = false;  ///< sets that give every picture a mask, black when good
  bool is_normal() const { return parts.empty(); }
};

/// The mask of one part in the picture's size. A mask file of another size with the same proportions is
/// resized (nearest).
/// @throws InputError naming file and fault
Mask load_part(const MaskPart& part, const Image& image);
/// The union of all parts.
Mask load_mask(const Sample& sample, const Image& image);

/// "NNN-xxxxxxxx": readable, unique for different `path`s. @param path inside the source, with its extension
std::string sample_id(const std::string& path);

/// The types of the parts in their order, each once, joined by '+'; "good" without parts.
std::string joined_types(const std::vector<MaskPart>& parts);

}  // namespace unidg::dataset::sets
