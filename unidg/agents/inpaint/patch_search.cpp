#include <algorithm>

#include "unidg/agents/inpaint/patch_space.h"

namespace unidg::agents {
namespace {

PatchField empty_field(cv::Size size) {
  return {cv::Mat(size, CV_32SC2, cv::Scalar::all(-1)), cv::Mat::zeros(size, CV_32FC1)};
}

void set_twin(PatchField& field, cv::Point p, cv::Point twin, float cost) {
  field.twin.at<cv::Vec2i>(p) = {twin.x, twin.y};
  field.cost.at<float>(p) = cost;
}

}  // namespace

PatchField random_field(const PatchSpace& space, float tone_limit, FastRandom& random) {
  auto field = empty_field(space.size());
  for (const auto& p : space.target_list) {
    const auto twin =
        space.source_list[static_cast<std::size_t>(random.below(static_cast<int>(space.source_list.size())))];
    set_twin(field, p, twin, space.cost(p, twin, tone_limit));
  }
  return field;
}

PatchField finer_field(const PatchField& coarse, const PatchSpace& space, float tone_limit,
                       FastRandom& random) {
  auto field = random_field(space, tone_limit, random);
  for (const auto& p : space.target_list) {
    const cv::Point half(std::min(p.x / 2, coarse.twin.cols - 1), std::min(p.y / 2, coarse.twin.rows - 1));
    const auto found = coarse.twin_of(half);
    const cv::Point twin(2 * found.x + p.x % 2, 2 * found.y + p.y % 2);
    if (found.x < 0 || !space.is_source(twin)) continue;
    set_twin(field, p, twin, space.cost(p, twin, tone_limit));
  }
  return field;
}

void update_costs(PatchField& field, const PatchSpace& space, float tone_limit) {
  for (const auto& p : space.target_list)
    field.cost.at<float>(p) = space.cost(p, field.twin_of(p), tone_limit);
}

void improve(PatchField& field, const PatchSpace& space, int sweeps, int reach, float tone_limit,
             FastRandom& random) {
  const auto try_twin = [&](cv::Point p, cv::Point candidate) {
    if (!space.is_source(candidate) || candidate == field.twin_of(p)) return;
    const float best = field.cost.at<float>(p), cost = space.cost(p, candidate, tone_limit, best);
    if (cost < best) set_twin(field, p, candidate, cost);
  };
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    const int step = sweep % 2 == 0 ? 1 : -1;
    const auto count = static_cast<int>(space.target_list.size());
    for (int i = 0; i < count; ++i) {
      const auto p = space.target_list[static_cast<std::size_t>(step > 0 ? i : count - 1 - i)];
      for (const cv::Point towards : {cv::Point(step, 0), cv::Point(0, step)}) {
        const auto neighbour = p - towards;
        if (space.is_target(neighbour)) try_twin(p, field.twin_of(neighbour) + towards);
      }
      for (int radius = reach; radius >= 1; radius /= 2) {
        const auto best = field.twin_of(p);
        try_twin(p, best + cv::Point(random.between(-radius, radius), random.between(-radius, radius)));
      }
    }
  }
}

}  // namespace unidg::agents
