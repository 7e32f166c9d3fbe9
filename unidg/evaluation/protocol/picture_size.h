#pragma once
#include <filesystem>

#include "unidg/evaluation/protocol/config.h"
#include "unidg/evaluation/protocol/product.h"

namespace unidg::evaluation {

/// The product with every picture at most `longer_side` pixels long, as PNG below `folder` in the same
/// layout; masks shrink by their largest value, so that thin defects survive. Files that are there stay.
/// @param longer_side 0: `product` as it is
Product at_picture_size(const Product& product, std::int64_t longer_side,
                        const std::filesystem::path& folder);

/// Draws a product with defects in MVTec-AD's layout, from the procedural catalogue; files that are there
/// stay.
/// @param name of the catalogue, for instance "fabric"  @throws UsageError for an unknown name
void draw_product_set(const std::string& name, const DrawnConfig& config,
                      const std::filesystem::path& folder);

}  // namespace unidg::evaluation
