#include "unidg/weights/views.h"

#include <algorithm>
#include <set>

#include "unidg/core/error.h"

namespace unidg::weights {
namespace {

class RecipeSource : public Source {
 public:
  RecipeSource(std::shared_ptr<Source> inner, std::map<std::string, Recipe> recipes, std::string note)
      : inner_(std::move(inner)), recipes_(std::move(recipes)), note_(std::move(note)) {
    for (const auto& [name, recipe] : recipes_)
      for (const auto& piece : recipe.pieces) consumed_.insert(piece.name);
  }
  std::string describe() const override { return inner_->describe() + " (" + note_ + ")"; }
  bool contains(const std::string& name) const override {
    return recipes_.contains(name) || is_left_over(name);
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> out;
    for (const auto& [name, recipe] : recipes_) out.push_back(name);
    for (const auto& name : inner_->names())
      if (is_left_over(name)) out.push_back(name);
    return out;
  }
  std::vector<std::int64_t> shape(const std::string& name) const override {
    const auto* recipe = find(name);
    return recipe ? recipe->shape : inner_->shape(name);
  }
  std::string dtype(const std::string& name) const override {
    const auto* recipe = find(name);
    return inner_->dtype(recipe ? recipe->pieces.front().name : name);
  }
  Tensor load(const std::string& name) const override {
    const auto* recipe = find(name);
    if (!recipe) return inner_->load(name);
    std::vector<Tensor> parts;
    for (const auto& piece : recipe->pieces) {
      const auto whole = inner_->load(piece.name);
      parts.push_back(piece.rows < 0 ? whole : whole.narrow(0, piece.first_row, piece.rows));
    }
    return (parts.size() == 1 ? parts[0] : torch::cat(parts)).reshape(recipe->shape);
  }
  std::map<std::string, std::string> metadata() const override { return inner_->metadata(); }

 private:
  const Recipe* find(const std::string& name) const {
    const auto found = recipes_.find(name);
    return found == recipes_.end() ? nullptr : &found->second;
  }
  bool is_left_over(const std::string& name) const {
    return !consumed_.contains(name) && !recipes_.contains(name) && inner_->contains(name);
  }
  std::shared_ptr<Source> inner_;
  std::map<std::string, Recipe> recipes_;
  std::set<std::string> consumed_;
  std::string note_;
};

class UnscaledSource : public Source {
 public:
  UnscaledSource(std::shared_ptr<Source> inner, std::map<std::string, std::string> scales,
                 std::set<std::string> hidden)
      : inner_(std::move(inner)), scales_(std::move(scales)), hidden_(std::move(hidden)) {}
  std::string describe() const override { return inner_->describe(); }
  bool contains(const std::string& name) const override {
    return !hidden_.contains(name) && inner_->contains(name);
  }
  std::vector<std::string> names() const override {
    auto out = inner_->names();
    std::erase_if(out, [&](const auto& name) { return hidden_.contains(name); });
    return out;
  }
  std::vector<std::int64_t> shape(const std::string& name) const override { return inner_->shape(name); }
  std::string dtype(const std::string& name) const override {
    return scales_.contains(name) ? "BF16" : inner_->dtype(name);
  }
  Tensor load(const std::string& name) const override {
    const auto stored = inner_->load(name);
    const auto scale = scales_.find(name);
    if (scale == scales_.end()) return stored;
    return stored.to(torch::kFloat32)
        .mul_(inner_->load(scale->second).to(torch::kFloat32))
        .to(torch::kBFloat16);
  }
  std::map<std::string, std::string> metadata() const override { return inner_->metadata(); }

 private:
  std::shared_ptr<Source> inner_;
  std::map<std::string, std::string> scales_;  ///< weight -> its scale
  std::set<std::string> hidden_;
};

}  // namespace

std::shared_ptr<Source> recipe_source(std::shared_ptr<Source> inner, std::map<std::string, Recipe> recipes,
                                      const std::string& note) {
  return std::make_shared<RecipeSource>(std::move(inner), std::move(recipes), note);
}

std::shared_ptr<Source> unscale_fp8(std::shared_ptr<Source> inner) {
  std::map<std::string, std::string> scales;
  std::set<std::string> hidden;
  for (const auto& name : inner->names()) {
    for (const std::string ending : {".scale_weight", ".weight_scale"})
      if (name.ends_with(ending)) {
        const auto weight = name.substr(0, name.size() - ending.size()) + ".weight";
        if (!inner->contains(weight) || !inner->dtype(weight).starts_with("F8")) continue;
        scales[weight] = name;
        hidden.insert(name);
      }
    // The scale of activations and the notes of ComfyUI say nothing about the weights' values.
    if (name == "scaled_fp8" || name.ends_with(".scale_input") || name.ends_with(".input_scale") ||
        name.ends_with(".comfy_quant"))
      hidden.insert(name);
  }
  if (scales.empty()) return inner;
  return std::make_shared<UnscaledSource>(std::move(inner), std::move(scales), std::move(hidden));
}

}  // namespace unidg::weights
