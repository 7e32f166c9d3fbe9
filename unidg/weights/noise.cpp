#include <cmath>

#include "unidg/core/error.h"
#include "unidg/core/rng.h"
#include "unidg/weights/scope.h"

namespace unidg::weights {
namespace {

bool ends_in_any(const std::string& name, std::initializer_list<const char*> endings) {
  for (const auto* ending : endings)
    if (name.ends_with(ending)) return true;
  return false;
}

class NoiseSource : public Source {
 public:
  explicit NoiseSource(std::uint64_t seed) : seed_(seed) {}
  std::string describe() const override { return text("noise of seed ", seed_); }
  bool contains(const std::string&) const override { return true; }
  std::vector<std::string> names() const override { return {}; }
  std::vector<std::int64_t> shape(const std::string& name) const override { shapeless(name); }
  Tensor load(const std::string& name) const override { shapeless(name); }
  bool invents() const override { return true; }

  Tensor make(const std::string& name, torch::IntArrayRef shape) const override {
    if (shape.size() <= 1) {
      if (ends_in_any(name, {"weight", "scale", "gamma", "running_var"})) return torch::ones(shape);
      if (ends_in_any(name, {"bias", "beta", "running_mean"})) return torch::zeros(shape);
    }
    auto out = torch::empty(shape, torch::kFloat32);
    Rng(seed_, name).fill_normal(out.data_ptr<float>(), static_cast<std::size_t>(out.numel()));
    if (out.numel() == 0) return out;
    const double deviation =
        shape.size() <= 1 ? 0.02 : 1.0 / std::sqrt(static_cast<double>(out.numel() / shape[0]));
    return out.mul_(deviation);
  }

 private:
  [[noreturn]] void shapeless(const std::string& name) const {
    throw FormatError(describe(), ": tensor '", name, "' has no shape of its own; ask for it with a shape");
  }
  std::uint64_t seed_;
};

}  // namespace

std::shared_ptr<Source> noise_source(std::uint64_t seed) { return std::make_shared<NoiseSource>(seed); }

}  // namespace unidg::weights
