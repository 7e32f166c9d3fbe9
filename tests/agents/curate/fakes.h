#pragma once
#include <map>

#include "unidg/agents/curate/curation.h"

namespace unidg::testing {

/// Items 0 ... count - 1, tiny pictures. What happens to an item is its number: 1 ends at `input`, 2 is good
/// at the second try, 3 never, 4 has an unsure caption, 5 is inaccurate, 6 gets no answer; the others are
/// kept.
class FakeHalf : public agents::Half {
 public:
  explicit FakeHalf(std::size_t count, std::string name = "real") : count_(count), name_(std::move(name)) {}
  std::string name() const override { return name_; }
  std::size_t count() const override { return count_; }
  std::string id(std::size_t index) const override { return text(name_, "-", index); }
  Json settings() const override { return {{"seed", 1}}; }
  std::vector<agents::Made> make(const std::vector<agents::Task>& tasks) override {
    std::vector<agents::Made> out;
    for (const auto& task : tasks) {
      ++tries[task.index];
      agents::Made made;
      made.entry.id = task.id, made.entry.source = "fake", made.entry.type = "scratch";
      made.entry.object = "plate", made.entry.category = 7, made.entry.part = task.id;
      made.entry.width = made.entry.height = 8;
      cv::Mat mask = cv::Mat::zeros(8, 8, CV_8UC1);
      mask(cv::Rect(2, 2, 3, 3)).setTo(255);
      cv::Mat defect(8, 8, CV_8UC3, cv::Scalar::all(static_cast<double>(task.index % 200 + 20)));
      made.triplet = {Image(defect), Mask(mask), Image(8, 8, PixelFormat::Rgb8),
                      task.id,       "plate",    std::to_string(task.index)};
      made.abnormal = encode_png(made.triplet.abnormal), made.mask = encode_png(made.triplet.mask);
      made.normal = encode_png(made.triplet.normal);
      made.provenance = {{"try", task.attempt}};
      if (task.index == 1) made.step = "input", made.reason = "cannot be used", made.detail = "torn";
      if ((task.index == 2 && task.attempt == 0) || task.index == 3)
        made.step = "quality", made.reason = "too weak", made.may_retry = true;
      out.push_back(std::move(made));
    }
    return out;
  }
  std::map<std::size_t, int> tries;

 private:
  std::size_t count_;
  std::string name_;
};

/// Reads the item's number from the triplet's type.
class FakeCaptioner : public agents::Captioner {
 public:
  agents::Candidate describe(const agents::Triplet& triplet) override {
    if (triplet.type == "6" || is_silent) return {nullptr, 0, "fake", "", "the server is down"};
    return {{{"summary", "a mark"}, {"type", triplet.type}},
            triplet.type == "4" ? 0.79 : 0.8,
            "fake",
            "fake-1",
            ""};
  }
  std::string name() const override { return "fake"; }
  bool is_silent = false;
};

class FakeVerifier : public agents::Verifier {
 public:
  agents::Verdict check(const agents::Triplet& triplet, const Json&) override {
    agents::Verdict out;
    out.asked = out.answered = "fake", out.analysis = "looked at";
    out.scores = agents::VerifyScores{4.2, 4.2, triplet.type == "5" ? 4.1 : 4.2};
    return out;
  }
  std::string name() const override { return "fake-verifier"; }
};

inline agents::Agents fake_agents(bool is_silent = false) {
  agents::Agents out;
  auto captioner = std::make_unique<FakeCaptioner>();
  captioner->is_silent = is_silent;
  out.captioners.push_back(std::move(captioner));
  out.verifier = std::make_unique<FakeVerifier>();
  return out;
}

}  // namespace unidg::testing
