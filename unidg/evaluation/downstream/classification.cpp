#include "unidg/evaluation/downstream/classification.h"

#include <chrono>
#include <map>

#include "unidg/core/log.h"
#include "unidg/evaluation/downstream/linear_head.h"
#include "unidg/evaluation/downstream/prepared.h"
#include "unidg/evaluation/downstream/trainer.h"
#include "unidg/models/resnet/resnet.h"
#include "unidg/training/shards.h"

namespace unidg::evaluation {
namespace {

using torch::Tensor;

/// Pictures as bytes with their labels.
struct Labelled {
  std::vector<Tensor> pixels;  ///< [S, S, 3] u8
  std::vector<std::int64_t> labels;
  std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
};

Labelled defective(const std::vector<Sample>& samples, int size, std::int64_t max_per_type) {
  Labelled out;
  std::map<int, std::int64_t> taken;
  for (const auto& sample : samples) {
    if (sample.label < 0 || ++taken[sample.label] > max_per_type) continue;
    out.pixels.push_back(network_pixels(sample.image, size));
    out.labels.push_back(sample.label);
  }
  return out;
}

void require_every_type(const TrainingSet& set, const std::string& what) {
  if (set.types.size() < 2)
    throw InputError(what, ": there is ", set.types.size(), " defect type; a classifier needs at least two");
  for (std::size_t type = 0; type < set.types.size(); ++type) {
    const auto has = [&](const Sample& sample) { return sample.label == static_cast<int>(type); };
    if (std::none_of(set.defective.begin(), set.defective.end(), has))
      throw InputError(what, ": no training picture of defect type '", set.types[type], "'");
  }
}

/// Answers of a function of pixels, 16 pictures at a time. @param f [B, 3, S, S] in [0, 1] -> [B, F]
Tensor answers(const std::vector<Tensor>& pixels, torch::Device device,
               const std::function<Tensor(const Tensor&)>& f) {
  torch::NoGradGuard no_grad;
  constexpr std::size_t kAtOnce = 16;
  std::vector<Tensor> out;
  for (std::size_t begin = 0; begin < pixels.size(); begin += kAtOnce) {
    const auto end = std::min(begin + kAtOnce, pixels.size());
    const std::vector<Tensor> part(pixels.begin() + static_cast<std::ptrdiff_t>(begin),
                                   pixels.begin() + static_cast<std::ptrdiff_t>(end));
    out.push_back(f(network_input(torch::stack(part), device)).to(torch::kFloat32).cpu());
  }
  return torch::cat(out);
}

std::map<std::string, std::string> metadata(const ClassificationScores& scores, const char* kind) {
  return {{"unidg.downstream", kind},
          {"network", scores.network},
          {"classes", Json(scores.types.names()).dump()},
          {"training", to_json(scores.training).dump()}};
}

void label(ClassificationScores& scores, const Tensor& logits, const Labelled& test) {
  const auto best = logits.argmax(1);
  for (std::int64_t i = 0; i < test.count(); ++i) {
    scores.predicted.push_back(static_cast<int>(best[i].item<std::int64_t>()));
    scores.types.add(static_cast<int>(test.labels[static_cast<std::size_t>(i)]), scores.predicted.back());
  }
}

/// A linear head on frozen features.
void classify_linearly(ClassificationScores& scores, const TrainingSet& set, const TestSet& test,
                       const ClassificationConfig& config, const TrainingOptions& options,
                       const Backbone& backbone) {
  const auto start = std::chrono::steady_clock::now();
  const auto learned = defective(set.defective, backbone.size, config.max_per_type);
  const auto asked = defective(test.samples, backbone.size, std::numeric_limits<std::int64_t>::max());
  const auto features = answers(learned.pixels, torch::kCPU, backbone.features);
  const auto head =
      fit_linear_head(features, torch::tensor(learned.labels), scores.types.classes(), config.weight_decay);
  scores.network = "linear head on " + backbone.name;
  scores.training.network = scores.network;
  scores.training.parameters = head.weight.numel() + head.bias.numel();
  scores.training.samples = learned.count();
  scores.training.losses = {head.loss};
  label(scores, head.logits(answers(asked.pixels, torch::kCPU, backbone.features)), asked);
  scores.training.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!options.save.empty())
    weights::save_safetensors(
        options.save,
        {{"mean", head.mean}, {"deviation", head.deviation}, {"weight", head.weight}, {"bias", head.bias}},
        metadata(scores, "linear_head"));
}

/// ImageNet weights with a fresh `fc` of another width.
weights::Scope pretrained(const std::string& path, const models::ResnetConfig& config, std::uint64_t seed) {
  const auto file = weights::open_source(path);
  const auto fresh = weights::noise_source(seed);
  std::map<std::string, Tensor> tensors;
  for (const auto& name : file->names())
    if (!name.starts_with("fc.")) tensors[name] = file->load(name);
  tensors["fc.weight"] = fresh->make("fc.weight", {config.outputs, config.width * 8});
  tensors["fc.bias"] = fresh->make("fc.bias", {config.outputs});
  return weights::Scope(weights::memory_source(tensors, path));
}

/// All of a ResNet, by the recipe.
void classify_by_resnet(ClassificationScores& scores, const TrainingSet& set, const TestSet& test,
                        const ClassificationConfig& config, const TrainingOptions& options) {
  const auto& recipe = config.recipe;
  models::ResnetConfig shape{.outputs = scores.types.classes()};
  const bool is_small = config.network != "resnet34";
  if (is_small) shape = {.blocks = {1, 1, 1, 1}, .width = 16, .outputs = shape.outputs};
  const bool starts_trained = !is_small && !config.weights.empty();
  models::Resnet net(starts_trained ? pretrained(config.weights, shape, options.seed)
                                    : weights::Scope(weights::noise_source(options.seed)),
                     shape);
  scores.network = is_small ? "small ResNet (4 blocks, width 16) from scratch"
                   : starts_trained
                       ? "ResNet-34 from " + std::filesystem::path(config.weights).filename().string()
                       : "ResNet-34 from scratch (no ImageNet weights given)";

  const auto device = training_device(recipe);
  const auto learned = defective(set.defective, recipe.size, config.max_per_type);
  const auto asked = defective(test.samples, recipe.size, std::numeric_limits<std::int64_t>::max());
  const auto type = recipe.precision == "bf16" ? torch::kBFloat16 : torch::kFloat32;
  const auto logits = [&](const Tensor& x) { return net->forward(x.to(type)).to(torch::kFloat32); };
  training::IndexStream order(learned.count(), options.seed);
  const auto loss = [&](std::int64_t count, Rng&) {
    std::vector<Tensor> pixels;
    std::vector<std::int64_t> labels;
    for (const auto i : order.next(count)) {
      pixels.push_back(learned.pixels[static_cast<std::size_t>(i)]);
      labels.push_back(learned.labels[static_cast<std::size_t>(i)]);
    }
    return torch::cross_entropy_loss(logits(network_input(torch::stack(pixels), device)),
                                     torch::tensor(labels).to(device));
  };
  const auto ask = [&] { return answers(asked.pixels, device, logits); };
  const auto accuracy = [&] {
    return ask().argmax(1).eq(torch::tensor(asked.labels)).to(torch::kFloat64).mean().item<double>();
  };
  const auto epoch_samples = recipe.epoch_samples > 0 ? recipe.epoch_samples : 5 * learned.count();
  scores.training = train({net.get(), scores.network, epoch_samples, loss, accuracy}, recipe, options);
  label(scores, ask(), asked);
  if (!options.save.empty())
    weights::save_safetensors(options.save, state_of(*net),
                              metadata(scores, is_small ? "small_resnet" : "resnet34"));
}

}  // namespace

ClassificationConfig ClassificationConfig::cpu() {
  ClassificationConfig c;
  c.network = "linear";
  c.recipe = {
      .size = 128, .batch = 16, .epochs = 10, .epoch_samples = 400, .lr = 2e-3, .schedule = "one_cycle"};
  return c;
}

void fields(FieldVisitor& visit, ClassificationConfig& c) {
  visit.group("recipe", c.recipe);
  visit("network", c.network, one_of({"resnet34", "linear", "small"}), "what is trained");
  visit("weights", c.weights, any(), "ImageNet ResNet-34 (torchvision's keys); empty: from scratch");
  visit("max_per_type", c.max_per_type, in(1, 1e8), "pictures of a type that are used");
  visit("weight_decay", c.weight_decay, in(0, 1e3), "penalty on the linear head");
}

ClassificationScores classify(const TrainingSet& set, const TestSet& test, const ClassificationConfig& config,
                              const TrainingOptions& options, const Backbone& backbone) {
  require_valid(set, options.what, /*needs_good=*/false);
  require_every_type(set, options.what);
  require_valid(test, set.types.size(), options.what, /*needs_masks=*/false);
  if (std::none_of(test.samples.begin(), test.samples.end(), [](const Sample& s) { return s.label >= 0; }))
    throw InputError(options.what, ": the test set holds no defective picture to classify");
  ClassificationScores scores{.types = ConfusionMatrix(set.types)};
  if (config.network == "linear" && backbone.features) {
    classify_linearly(scores, set, test, config, options, backbone);
    return scores;
  }
  if (config.network == "linear")
    log_warning(options.what,
                ": no backbone is given for the linear head; a small ResNet is trained from scratch");
  classify_by_resnet(scores, set, test, config, options);
  return scores;
}

}  // namespace unidg::evaluation
