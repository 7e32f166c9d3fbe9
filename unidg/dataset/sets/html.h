#pragma once
#include <string>
#include <string_view>

#include "unidg/image/image.h"

/// Pieces of the pages of this room: self-contained HTML without outside resources.
namespace unidg::dataset::sets {

std::string escape_html(std::string_view words);
/// A relative link: every byte outside the unreserved set is percent-coded.
std::string link_to(std::string_view path);
std::string base64(std::string_view bytes);
/// The picture in RGB, at most `side` pixels a side; the outline of a mask of its size is drawn.
cv::Mat small_view(const Image& image, const Mask& mask, int side);
/// RGB pixels as JPEG.
std::string jpeg(const cv::Mat& rgb);
/// `small_view` as a data: URI.
std::string thumbnail(const Image& image, const Mask& mask, int side);
/// Opens a page up to <main>. @param facts HTML below the title
std::string page_head(const std::string& title, const std::string& facts);
std::string page_foot();

struct Bar {
  std::string label;
  double value = 0;
  std::string shown;  ///< the value in words
};
/// Horizontal bars from zero as inline SVG.
std::string bars(const std::string& title, const std::vector<Bar>& rows);

}  // namespace unidg::dataset::sets
