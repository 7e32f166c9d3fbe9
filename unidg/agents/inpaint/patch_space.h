#pragma once
#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

namespace unidg::agents {

constexpr int kPatchRadius = 3;  ///< patches are 7 x 7
constexpr int kPatchArea = (2 * kPatchRadius + 1) * (2 * kPatchRadius + 1);

/// Small deterministic random numbers: a search draws millions of them.
class FastRandom {
 public:
  explicit FastRandom(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ull + 0x1234567ull) {}
  std::uint32_t bits() {
    state_ = state_ * 6364136223846793005ull + 1442695040888963407ull;
    return static_cast<std::uint32_t>(state_ >> 32);
  }
  int below(int n) {
    return static_cast<int>(static_cast<std::uint64_t>(bits()) * static_cast<std::uint32_t>(n) >> 32);
  }
  /// low .. high, both included
  int between(int low, int high) { return low + below(high - low + 1); }

 private:
  std::uint64_t state_;
};

/// One scale of a picture with a hole. Positions are patch centres.
class PatchSpace {
 public:
  /// @param pixels CV_8UC4: colours and, fourth, the strength of the texture  @param hole CV_8UC1, 255 =
  /// unknown
  /// @param avoid CV_8UC1, 255 = known, but no patch is taken from there
  PatchSpace(const cv::Mat& pixels, const cv::Mat& hole, const cv::Mat& avoid);

  cv::Size size() const { return hole.size(); }
  bool is_source(cv::Point p) const {
    return p.x >= 0 && p.y >= 0 && p.x < hole.cols && p.y < hole.rows && sources.at<std::uint8_t>(p) != 0;
  }
  bool is_target(cv::Point p) const {
    return p.x >= 0 && p.y >= 0 && p.x < hole.cols && p.y < hole.rows && targets.at<std::uint8_t>(p) != 0;
  }
  cv::Mat pixels() const;  ///< view without the padding; writing changes the space
  void update_means();     ///< after the hole's pixels changed
  void fill(
      const cv::Mat& colours);  ///< the hole's colours from a picture of this size, CV_8UC4; not its guide

  /// Sum of squared differences of two patches after the source's tone was shifted towards the target's by
  /// at most `tone_limit` levels a channel; shifting costs a little, so that an unshifted twin is preferred.
  /// @param better_than a cost from which on the exact one does not matter; any cost as large may come back
  float cost(cv::Point target, cv::Point source, float tone_limit, float better_than = 4e9f) const;
  /// That shift. @returns levels a channel
  cv::Vec3f tone(cv::Point target, cv::Point source, float tone_limit) const;
  /// The same without any shift, over the pixels that `known` (CV_8UC4, 255 = count) holds, the space's size.
  std::uint32_t masked_cost(cv::Point target, cv::Point source, const cv::Mat& padded_known,
                            std::uint32_t better_than) const;
  cv::Mat padded(const cv::Mat& known) const;  ///< for masked_cost: nothing outside the frame counts

  cv::Mat hole;     ///< CV_8UC1
  cv::Mat sources;  ///< CV_8UC1: the patch lies inside the picture and outside the hole
  cv::Mat targets;  ///< CV_8UC1: the patch touches the hole; clipped patches at the frame as well
  std::vector<cv::Point> source_list, target_list;  ///< in reading order

 private:
  cv::Mat padded_;  // CV_8UC4 with kPad on every side, so that patches may hang over the frame
  cv::Mat means_;   // CV_32FC3: mean colours of patches
};

/// First guess at the hole, patch by patch from its rim inwards, where lines run into the hole first
/// (Criminisi et al., TIP 2004), so that structures go on. Meant for the coarsest scale.
/// @param most_comparisons of patches; where all sources would be more, random ones are looked at
void fill_greedily(PatchSpace& space, std::size_t most_comparisons, FastRandom& random);

/// Where each target's twin is.
struct PatchField {
  cv::Mat twin;  ///< CV_32SC2: source position; only targets have a meaning
  cv::Mat cost;  ///< CV_32FC1

  cv::Point twin_of(cv::Point p) const {
    const auto& at = twin.at<cv::Vec2i>(p);
    return {at[0], at[1]};
  }
};

/// A random twin for every target.
PatchField random_field(const PatchSpace& space, float tone_limit, FastRandom& random);
/// The twins of the next coarser scale; random ones where they are no source here.
PatchField finer_field(const PatchField& coarse, const PatchSpace& space, float tone_limit,
                       FastRandom& random);
/// Costs anew, after the hole's pixels changed.
void update_costs(PatchField& field, const PatchSpace& space, float tone_limit);
/// Better twins: those of the neighbours moved along, and random ones near and far.
/// @param sweeps forwards, backwards, ... over all targets @param reach how far random ones lie, pixels
void improve(PatchField& field, const PatchSpace& space, int sweeps, int reach, float tone_limit,
             FastRandom& random);

/// The hole's pixels as the mean of what all patches over them propose, good twins and places near the rim
/// first.
void vote(PatchSpace& space, const PatchField& field, float tone_limit);

/// What the finest field proposes for the picture itself. @param values CV_32F, 1 or 3 channels, same size
/// @param levels_per_step size of one working level in units of `values`
struct Proposal {
  cv::Mat mean;  ///< CV_32F: as `vote`; at the targets
  cv::Mat copy;  ///< CV_32F: one source pixel each, of the twin that most patches agree on: keeps the grain
};
Proposal propose(const PatchSpace& space, const PatchField& field, const cv::Mat& values,
                 double levels_per_step, float tone_limit);

}  // namespace unidg::agents
