#include "unidg/agents/verify/planted.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "unidg/agents/verify/words.h"

namespace unidg::agents {
namespace {

constexpr double kMostOverlap = 0.3;
constexpr int kTries = 60;

double overlap(const cv::Mat& a, const cv::Mat& b) {
  const int both = cv::countNonZero(a & b), any = cv::countNonZero(a | b);
  return any == 0 ? 1 : static_cast<double>(both) / any;
}

/// The mask moved elsewhere; most of it stays in the picture and away from `dirty`.
std::optional<Mask> moved(const Mask& mask, const cv::Mat& dirty, Rng& rng) {
  for (int i = 0; i < kTries; ++i) {
    const double dx = rng.uniform(-0.7, 0.7) * mask.width(), dy = rng.uniform(-0.7, 0.7) * mask.height();
    const cv::Mat move = (cv::Mat_<double>(2, 3) << 1, 0, std::round(dx), 0, 1, std::round(dy));
    cv::Mat out;
    cv::warpAffine(mask.pixels(), out, move, mask.pixels().size(), cv::INTER_NEAREST);
    if (cv::countNonZero(out) >= 0.7 * mask.area() && overlap(out, mask.pixels()) < kMostOverlap &&
        (dirty.empty() || cv::countNonZero(out & dirty) == 0))
      return Mask(out);
  }
  return std::nullopt;
}

Image resized_like(const Image& image, const Image& like) {
  cv::Mat out;
  cv::resize(image.rgb8(), out, like.pixels().size(), 0, 0, cv::INTER_AREA);
  return Image(out);
}

/// The side of the defect on one side of a line through its middle.
cv::Mat half_of(const Mask& mask) {
  const auto m = cv::moments(mask.pixels(), true);
  const double angle = 0.5 * std::atan2(2 * m.mu11, m.mu20 - m.mu02);  // of the long axis
  cv::Mat out = mask.pixels().clone();
  for (int y = 0; y < out.rows; ++y)
    for (int x = 0; x < out.cols; ++x)
      if ((x - m.m10 / m.m00) * std::cos(angle) + (y - m.m01 / m.m00) * std::sin(angle) > 0)
        out.at<std::uint8_t>(y, x) = 0;
  cv::dilate(out, out, cv::Mat::ones(7, 7, CV_8UC1));
  return out;
}

const std::vector<std::vector<std::string>>& orders(const std::string& field) {
  static const std::map<std::string, std::vector<std::vector<std::string>>> table = {
      {"size", {{"small", "medium", "large"}}},
      {"width", {{"thin", "medium", "thick"}}},
      {"contrast", {{"low", "medium", "high"}}},
      {"severity", {{"tiny", "minor", "major"}}},
      {"direction", {{"horizontal", "diagonal", "vertical"}}},
      {"shape", {{"elongated", "compact"}}},
      {"edge", {{"clear", "blurry"}}}};
  static const std::vector<std::vector<std::string>> none;
  const auto found = table.find(field);
  return found == table.end() ? none : found->second;
}

/// The other end of a field's order, or a neighbour; nothing when there is none.
std::optional<std::string> other_class(const std::string& field, const std::string& said, bool opposite) {
  for (const auto& order : orders(field)) {
    const auto at = std::find(order.begin(), order.end(), said);
    if (at == order.end()) continue;
    const auto i = at - order.begin(), last = static_cast<std::ptrdiff_t>(order.size()) - 1;
    if (opposite && i == 0) return order.back();
    if (opposite && i == last) return order.front();
    if (!opposite && last == 2) return order[static_cast<std::size_t>(i == 1 ? 0 : 1)];
  }
  return std::nullopt;
}

std::optional<std::string> other_place(const std::string& said, bool opposite) {
  const auto plain = plain_words(said);
  const int row = has_word(plain, "top") ? 0 : has_word(plain, "bottom") ? 2 : 1;
  const int column = has_word(plain, "left") ? 0 : has_word(plain, "right") ? 2 : 1;
  static const char* const rows[] = {"top", "center", "bottom"};
  static const char* const columns[] = {"left", "center", "right"};
  const int to_row = opposite ? (row == 1 && column == 1 ? 0 : 2 - row) : row;
  const int to_column = opposite ? (row == 1 && column == 1 ? 0 : 2 - column) : column == 1 ? 2 : 1;
  if (to_row == 1 && to_column == 1) return "center";
  return std::string(rows[to_row]) + "-" + columns[to_column];
}

/// A colour that nobody would call this one.
std::string other_colour(const std::string& said) {
  static const std::map<std::string, std::string> far = {
      {"black", "white"}, {"dark gray", "yellow"}, {"gray", "red"},     {"light gray", "black"},
      {"white", "black"}, {"red", "green"},        {"orange", "blue"},  {"brown", "cyan"},
      {"beige", "black"}, {"yellow", "blue"},      {"green", "purple"}, {"cyan", "red"},
      {"blue", "orange"}, {"purple", "yellow"},    {"pink", "green"}};
  const auto found = far.find(said);
  return found == far.end() ? "green" : found->second;
}

std::optional<Planted> plant_field(const Triplet& t, const Json& caption, const Triplet& other, bool opposite,
                                   Rng& rng) {
  std::vector<std::string> names = {"type", "shape", "direction", "contrast", "color",
                                    "size", "width", "edge",      "severity", "location"};
  rng.shuffle(names);
  for (const auto& field : names) {
    Json changed = caption;
    auto& entry = changed["defect-level"][0];
    const auto said = entry[field].get<std::string>();
    if (said.empty()) continue;
    std::optional<std::string> instead;
    if (field == "type") {
      if (opposite) instead = other.type.empty() || other.type == t.type ? "stitching" : other.type;
    } else if (field == "color") {
      if (opposite) instead = other_colour(said);
    } else {
      instead = field == "location" ? other_place(said, opposite) : other_class(field, said, opposite);
    }
    if (!instead) continue;
    entry[field] = *instead;
    return Planted{t, changed, field};
  }
  return std::nullopt;
}

}  // namespace

const std::vector<std::string>& planted_faults() {
  static const std::vector<std::string> faults = {"left",         "half-left",   "shifted",    "swapped",
                                                  "other-normal", "wrong-field", "near-field", "no-defect"};
  return faults;
}

std::optional<Planted> plant(const std::string& fault, const Triplet& t, const Json& caption,
                             const Triplet& other, const Inpainter& inpainter, Rng& rng) {
  if (fault == "wrong-field" || fault == "near-field")
    return plant_field(t, caption, other, fault == "wrong-field", rng);
  Planted out{t, std::nullopt, fault};
  if (fault == "left") {
    out.triplet.normal = t.abnormal;
  } else if (fault == "half-left") {
    out.triplet.normal = t.normal.clone();
    t.abnormal.pixels().copyTo(out.triplet.normal.pixels(), half_of(t.mask));
  } else if (fault == "shifted") {
    const auto mask = moved(t.mask, {}, rng);
    if (!mask) return std::nullopt;
    out.triplet.mask = *mask;
  } else if (fault == "swapped") {
    cv::Mat mask;
    cv::resize(other.mask.pixels(), mask, t.mask.pixels().size(), 0, 0, cv::INTER_NEAREST);
    if (cv::countNonZero(mask) == 0 || overlap(mask, t.mask.pixels()) >= kMostOverlap) return std::nullopt;
    out.triplet.mask = Mask(mask);
  } else if (fault == "other-normal") {
    out.triplet.normal = resized_like(other.normal, t.normal);
  } else {  // no-defect
    cv::Mat dirty;
    cv::dilate(t.mask.pixels(), dirty, cv::Mat::ones(17, 17, CV_8UC1));
    const auto mask = moved(t.mask, dirty, rng);
    if (!mask) return std::nullopt;
    auto inpainting = inpainter.inpaint({t.normal, *mask, {}, 0, t.id});
    if (!inpainting.problem.empty()) return std::nullopt;
    out.triplet.abnormal = t.normal;
    out.triplet.mask = *mask;
    out.triplet.normal = std::move(inpainting.normal);
  }
  if (out.triplet.normal.pixels().type() != out.triplet.abnormal.pixels().type())
    out.triplet.abnormal = Image(out.triplet.abnormal.rgb8()),
    out.triplet.normal = Image(out.triplet.normal.rgb8());
  return out;
}

void check_verifier(VerifierCheck& into, Captioner& captioner, Verifier& verifier, const VerifyConfig& config,
                    const Inpainter& inpainter, const Triplet& triplet, const Triplet& other, Rng& rng) {
  const auto candidate = captioner.describe(triplet);
  const auto sound = select(triplet, {candidate}, verifier, config);
  ++into.sound;
  into.sound_rejected += sound.kept ? 0 : 1;
  into.sound_unsure += sound.reason == "unsure" ? 1 : 0;
  if (!sound.kept) return;  // a fault in what is refused anyway proves nothing
  for (const auto& fault : planted_faults()) {
    const auto planted = plant(fault, triplet, candidate.caption, other, inpainter, rng);
    if (!planted) continue;
    auto& count = into.faults[fault];
    ++count.tried;
    Candidate said = planted->caption ? Candidate{*planted->caption, candidate.confidence, "", "", ""}
                                      : captioner.describe(planted->triplet);
    said.confidence = 1;  // the verifier alone is on trial
    if (select(planted->triplet, {said}, verifier, config).kept)
      ++count.missed[planted->what];
    else
      ++count.rejected;
  }
}

Json to_json(const VerifierCheck& c) {
  const auto share = [](std::size_t part, std::size_t all) {
    return all == 0 ? Json(nullptr)
                    : Json(std::round(1e4 * static_cast<double>(part) / static_cast<double>(all)) / 1e4);
  };
  Json faults = Json::object();
  for (const auto& name : planted_faults()) {
    const auto found = c.faults.find(name);
    if (found == c.faults.end()) continue;
    faults[name] = {{"tried", found->second.tried},
                    {"rejected", found->second.rejected},
                    {"share", share(found->second.rejected, found->second.tried)},
                    {"missed", found->second.missed}};
  }
  return {{"sound",
           {{"tried", c.sound},
            {"rejected", c.sound_rejected},
            {"unsure", c.sound_unsure},
            {"share", share(c.sound_rejected, c.sound)}}},
          {"faults", faults}};
}

}  // namespace unidg::agents
