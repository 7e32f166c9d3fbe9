#pragma once
#include "unidg/agents/caption/captioner.h"

namespace unidg::agents {

/// Where a triplet's two pictures differ, and how that fits the mask.
struct Change {
  Image normal;              ///< the normal picture, moved onto the abnormal one where they were displaced
  cv::Mat level;             ///< CV_32FC1: largest difference of the channels, levels of 255
  cv::Mat where;             ///< CV_8UC1: differs more than pictures of the same thing do
  double threshold = 0;      ///< levels from which that is
  bool is_exact = false;     ///< outside the mask and its rim the pictures are (nearly) equal
  double precision = 0;      ///< share of the clear change that lies in the mask or its rim
  double coverage = 0;       ///< share of the mask that changed
  double emptiest_part = 0;  ///< the same of the mask's emptiest defect
  double same_detail =
      1;  ///< correlation of the outside's fine structure; 1 where the pictures are equal there
  double outside_share = 0;  ///< share of the other pixels that changed
};
Change find_change(const Triplet& triplet);

}  // namespace unidg::agents
