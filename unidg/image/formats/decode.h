#pragma once
#include <opencv2/core.hpp>

#include "unidg/image/formats/bytes.h"

namespace unidg::formats {

// PNG and JPEG are decoded by libpng and libjpeg themselves, not through OpenCV: both report damage inside
// the picture data as a mere line on stderr and leave the rest of the picture grey. Here a damaged picture is
// an error, and nothing is printed. Pixels come in RGB(A) order, 8 or 16 bits a sample, as OpenCV would have
// decoded them.

/// @param file a PNG whose header and structure were checked, without ancillary chunks (`essential_png`)
/// @throws InputError when the compressed rows are damaged or end early
cv::Mat decode_png(const Bytes& file);

/// @param file a JPEG of 1 or 3 components whose header and structure were checked
/// @throws InputError when the entropy-coded data is damaged or ends early
cv::Mat decode_jpeg(const Bytes& file);

}  // namespace unidg::formats
