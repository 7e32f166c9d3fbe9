#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "unidg/image/image.h"

namespace unidg::procedural {

/// A specimen with and without a defect. Outside the mask both are byte-equal.
struct Quadruplet {
  Image normal, abnormal;  ///< RGB8
  Mask mask;               ///< every pixel that the defect changed, closed
  std::string product, defect;
};

std::vector<std::string> products();
/// The products of a name: itself, the members of a family, or all for "". @throws UsageError naming the
/// nearest
std::vector<std::string> members(const std::string& product);
/// The defects that suit a product, a family ("metal" is metal_plate and metal_disc) or, for "", any product.
/// @throws UsageError for an unknown product
std::vector<std::string> defects(const std::string& product);

/// Draws one specimen and hurts it. The same arguments give the same pictures.
/// @param product one of products(), a family of them, or "" for any  @param defect one of defects(product),
/// or "" for any
/// @param width, height 32 .. 4096 pixels
/// @throws UsageError for an unknown name (naming the nearest) or a size out of range
Quadruplet draw(const std::string& product, const std::string& defect, int width, int height,
                std::uint64_t seed);

/// The unhurt specimen alone: equals draw(product, ..., seed).normal.
Image draw_product(const std::string& product, int width, int height, std::uint64_t seed);

}  // namespace unidg::procedural
