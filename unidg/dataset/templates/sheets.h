#pragma once
#include "unidg/dataset/templates/library.h"

namespace unidg::dataset::templates {

/// The typical masks of each category, largest clusters first, with their counts. @param columns of a
/// category
Image library_sheet(const TemplateLibrary& library, int columns = 16, int tile = 72);

/// Scenes with their masks outlined in red. @returns the tile, RGB8 of `side` pixels
cv::Mat outlined(const Image& scene, const Mask& mask, int side);
/// Tiles of one size in rows, each with a line of text below.
Image tiles_sheet(const std::vector<std::pair<cv::Mat, std::string>>& tiles, int columns);

}  // namespace unidg::dataset::templates
