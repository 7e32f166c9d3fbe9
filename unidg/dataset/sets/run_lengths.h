#pragma once
#include <string>
#include <string_view>

#include "unidg/dataset/sets/sample.h"

namespace unidg::dataset::sets {

/// The mask's runs. @param by_columns top to bottom, then left to right (COCO); otherwise row by row (CVAT)
RunLengths run_lengths(const Mask& mask, bool by_columns = true);

/// @throws FormatError when the runs do not add up to the size
Mask from_run_lengths(const RunLengths& runs, const std::string& where);

/// COCO's compressed counts: from the third on the difference to the last but one, in 5-bit groups with a
/// sixth bit for "more", as characters from '0' on.
std::string coco_string(const std::vector<std::uint32_t>& counts);
/// @throws FormatError
std::vector<std::uint32_t> from_coco_string(std::string_view counts, const std::string& where);

/// "start length start length ...": starts count from 1 down the columns (Kaggle's Severstal).
/// @throws FormatError for a pair that overlaps, goes back or leaves the picture
RunLengths from_start_length(std::string_view words, cv::Size size, const std::string& where);

/// CVAT's `rle` of a <mask>: runs row by row inside the box, which is placed into the picture.
/// @throws FormatError
RunLengths from_cvat(std::string_view rle, cv::Rect box, cv::Size size, const std::string& where);

}  // namespace unidg::dataset::sets
