#include "unidg/agents/caption/pictures.h"

#include <opencv2/imgproc.hpp>

namespace unidg::agents {
namespace {

cv::Mat shrunk(const cv::Mat& pixels, int longest_side) {
  const double factor = static_cast<double>(longest_side) / std::max(pixels.cols, pixels.rows);
  if (factor >= 1) return pixels;
  cv::Mat out;
  cv::resize(pixels, out, {}, factor, factor, cv::INTER_AREA);
  return out;
}

}  // namespace

chat::Part picture_part(const Image& image, int longest_side) {
  return chat::Part::picture(Image(shrunk(image.rgb8(), longest_side)));
}

chat::Part picture_part(const Mask& mask, int longest_side) {
  const cv::Mat any = shrunk(mask.pixels(), longest_side) > 0;
  return chat::Part::picture(Mask(any));
}

}  // namespace unidg::agents
