#include "unidg/sft/run/run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "unidg/core/files.h"
#include "unidg/core/log.h"
#include "unidg/core/progress.h"
#include "unidg/flow/loss.h"
#include "unidg/flow/sampler.h"
#include "unidg/nn/lora.h"
#include "unidg/sft/run/log.h"
#include "unidg/training/adamw.h"
#include "unidg/training/prodigy.h"
#include "unidg/training/shards.h"

namespace unidg::sft {
namespace {

namespace fs = std::filesystem;
using training::NamedParameters;
using training::Optimizer;

/// Noise of some samples, each a function of the seed and the sample's place in the run.
Tensor noise_of(const Batch& batch, std::int64_t seed, const std::string& stream, std::int64_t first) {
  std::vector<Tensor> out;
  for (std::int64_t i = 0; i < batch.size(); ++i)
    out.push_back(flow::noise(batch.x0.sizes().slice(1), static_cast<std::uint64_t>(seed),
                              text(stream, " ", first + i)));
  return torch::stack(out);
}

Tensor levels_of(std::int64_t count, std::int64_t seed, std::int64_t first, const LossConfig& config) {
  std::vector<double> out;
  for (std::int64_t i = 0; i < count; ++i)
    out.push_back(
        flow::logit_normal(static_cast<std::uint64_t>(seed), first + i, config.t_mean, config.t_deviation));
  return torch::tensor(out, torch::kFloat32);
}

/// One run directory and everything in it that must survive a kill.
class Run {
 public:
  Run(const fs::path& cache, models::FluxTransformer& transformer, fs::path folder, const RunConfig& config,
      parallel::Ring* ring)
      : ring_(ring),
        train_(cache / "train"),
        transformer_(transformer),
        folder_(std::move(folder)),
        config_(config),
        device_(transformer->x_embedder->weight.device()),
        order_(train_.count(), static_cast<std::uint64_t>(config.seed)),
        parameters_(trainable()),
        optimizer_(make_optimizer()),
        log_(folder_),
        watch_(config.spike) {
    if (fs::is_directory(cache / "val")) held_out_.emplace(cache / "val");
    transformer_->set_recompute(config_.recompute);
    if (config_.ema > 0) ema_.emplace(parameters_, config_.ema);
    if (ring_ && (config_.batch + config_.micro - 1) / config_.micro < ring_->size())
      throw UsageError("batch ", config_.batch, " in micro-batches of ", config_.micro, " is too little for ",
                       ring_->size(), " ranks; raise batch or lower micro");
    write_or_compare_settings();
    resume();
    compare_ranks();
  }

  std::int64_t done() const { return done_; }
  bool is_saved() const { return saved_ == done_; }
  const RunResult& result() const { return result_; }

  bool is_first() const { return !ring_ || ring_->rank() == 0; }

  void step() {
    const auto start = std::chrono::steady_clock::now();
    const auto first = order_.position();
    const auto indices = order_.next(config_.batch);
    const auto t = levels_of(config_.batch, config_.seed, first, config_.loss);
    StepLog line;
    line.step = done_ + 1;
    const auto counts = count_all(indices, t);
    for (std::int64_t at = 0; at < config_.batch; at += config_.micro) {
      if (!is_mine(at / config_.micro)) continue;
      const auto count = std::min(config_.micro, config_.batch - at);
      const auto batch = train_.batch({indices.begin() + at, indices.begin() + at + count});
      const auto part =
          loss(transformer_, batch.to(device_), t.narrow(0, at, count).to(device_),
               noise_of(batch, config_.seed, "noise", first + at).to(device_), counts, config_.loss);
      part.total.backward();
      line.flow += part.flow, line.regularisation += part.regularisation;
    }
    sum_over_ranks(line);
    line.loss = line.flow + config_.loss.reg_weight * line.regularisation;
    line.gradient_norm = training::clip_gradients(parameters_, config_.optim.clip);
    if (!std::isfinite(line.loss) || !std::isfinite(line.gradient_norm))
      throw Error(
          "sft: step ", line.step, ": the loss is ", line.loss, " and the gradient's norm ",
          line.gradient_norm, ". Nothing of this step was kept; the newest checkpoint is step ", saved_,
          ". Go on from it with a smaller learning rate or optim.clip, and look at the pairs of the cache.");
    optimizer_->step(rate());
    if (ema_) ema_->update(parameters_);
    ++done_;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    line.lr = rate(), line.seconds = seconds,
    line.samples_per_s = static_cast<double>(config_.batch) / seconds;
    line.rss_mib = resident_mib(), line.time = now_s();
    if (const auto* prodigy = dynamic_cast<training::Prodigy*>(optimizer_.get())) line.d = prodigy->d();
    last_loss_ = line.loss;
    if (!is_first()) return;
    log_.append(line);
    for (const auto& warning : watch_.look(line, config_.optim.name == "prodigy", config_.optim.d0))
      log_warning(warning);
  }
  /// Whether this or another rank was asked to stop.
  bool is_stopping() const {
    const auto asked = torch::tensor({interrupted() ? 1.0 : 0.0}, torch::kFloat64);
    if (ring_) ring_->sum({asked});
    return asked.item<double>() > 0;
  }
  double last_loss() const { return last_loss_; }

  void validate() {
    if (!held_out_) return;
    const auto value = held_out_loss();
    if (is_first()) log_.append_validation(done_, value, now_s());
    if (result_.best_step != 0 && value >= result_.best) return;
    result_.best = value, result_.best_step = done_;
    if (is_first()) with_ema([&] { save_weights("best-"); });
  }

  void save() {
    saved_ = done_;
    if (!is_first()) return;
    std::map<std::string, Tensor> state;
    for (std::size_t i = 0; i < parameters_.names.size(); ++i)
      state["model." + parameters_.names[i]] = parameters_.tensors[i].detach();
    optimizer_->save(state);
    if (ema_) ema_->save(parameters_, state);
    state["run.position"] = torch::tensor({order_.position(), done_, result_.best_step}, torch::kInt64);
    state["run.best"] = torch::tensor({result_.best}, torch::kFloat64);
    weights::save_safetensors(checkpoint(done_), state, {{"unidg.sft", settings().dump()}});
    log_.plot();
    with_ema([&] { save_weights(""); });
    const auto all = checkpoints();
    for (std::size_t i = 0; i + static_cast<std::size_t>(config_.keep) < all.size(); ++i)
      fs::remove(checkpoint(all[i]));
  }

  void with_ema(const std::function<void()>& work) {
    if (ema_) ema_->swap(parameters_);
    work();
    if (ema_) ema_->swap(parameters_);
  }

 private:
  bool is_mine(std::int64_t part) const { return !ring_ || part % ring_->size() == ring_->rank(); }

  /// Gradients and losses.
  void sum_over_ranks(StepLog& line) {
    if (!ring_) return;
    std::vector<Tensor> tensors;
    for (auto& parameter : parameters_.tensors) {
      if (!parameter.grad().defined()) parameter.mutable_grad() = torch::zeros_like(parameter);
      tensors.push_back(parameter.grad());
    }
    const auto scalars = torch::tensor({line.flow, line.regularisation}, torch::kFloat64);
    tensors.push_back(scalars);
    ring_->sum(tensors);
    line.flow = scalars[0].item<double>(), line.regularisation = scalars[1].item<double>();
  }

  /// All ranks must go on from the same step, which they read from the run directory.
  void compare_ranks() const {
    if (!ring_) return;
    const auto steps = torch::zeros({ring_->size()}, torch::kFloat64);
    steps[ring_->rank()] = static_cast<double>(done_);
    ring_->sum({steps});
    for (int rank = 0; rank < ring_->size(); ++rank)
      if (const auto theirs = steps[rank].item<double>(); theirs != static_cast<double>(done_))
        throw Error("data parallel: rank ", ring_->rank(), " goes on from step ", done_, " but rank ", rank,
                    " from step ", theirs, "; all ranks have to see the same run directory, ",
                    folder_.string());
  }

  NamedParameters trainable() {
    NamedParameters out;
    if (config_.parameters == "full") {
      training::make_trainable(*transformer_, "", device_, out);
      return out;
    }
    for (auto& parameter : transformer_->parameters()) parameter.set_requires_grad(false);
    adapter_ = nn::attach_lora(*transformer_, nn::lora_targets(*transformer_, config_.lora.targets),
                               config_.lora.rank, config_.lora.alpha,
                               static_cast<std::uint64_t>(config_.seed), "sft");
    for (const auto& [path, low] : adapter_.modules)
      for (const auto& [name, tensor] : {std::pair{".lora_A", low.a}, std::pair{".lora_B", low.b}})
        out.names.push_back(path + name), out.tensors.push_back(tensor);
    return out;
  }

  std::unique_ptr<Optimizer> make_optimizer() const {
    const auto& o = config_.optim;
    if (o.name == "adamw")
      return std::make_unique<training::AdamW>(
          parameters_,
          training::AdamW::Options{.lr = rate(), .beta2 = 0.999, .weight_decay = o.weight_decay});
    training::Prodigy::Options options;
    options.weight_decay = o.weight_decay, options.d0 = o.d0, options.d_coef = o.d_coef;
    options.bias_correction = o.bias_correction, options.safeguard_warmup = o.safeguard_warmup;
    return std::make_unique<training::Prodigy>(parameters_, options);
  }
  double rate() const {
    return config_.optim.lr > 0 ? config_.optim.lr : config_.optim.name == "adamw" ? 1e-4 : 1;
  }

  /// Of the whole step, before any of its parts is computed.
  Counts count_all(const std::vector<std::int64_t>& indices, const Tensor& t) const {
    Counts out;
    for (std::int64_t at = 0; at < config_.batch; at += config_.micro) {
      const auto count = std::min(config_.micro, config_.batch - at);
      const auto part = sft::count(train_.batch({indices.begin() + at, indices.begin() + at + count}),
                                   t.narrow(0, at, count), config_.loss);
      out.elements += part.elements, out.items += part.items;
    }
    return out;
  }

  /// On fixed pairs, noise levels and noise.
  double held_out_loss() {
    torch::NoGradGuard no_grad;
    constexpr std::int64_t kSeed = 11;
    const auto total = std::min(held_out_->count(), config_.validate_pairs);
    double sum = 0;
    with_ema([&] {
      for (std::int64_t i = 0; i < total; ++i) {
        if (!is_mine(i)) continue;
        const auto batch = held_out_->batch({i * held_out_->count() / total});
        const auto t = levels_of(1, kSeed, i, config_.loss);
        sum += loss(transformer_, batch.to(device_), t.to(device_),
                    noise_of(batch, kSeed, "held out", i).to(device_), sft::count(batch, t, config_.loss),
                    config_.loss)
                   .total.item<double>();
      }
    });
    const auto all = torch::tensor({sum}, torch::kFloat64);
    if (ring_) ring_->sum({all});
    return all.item<double>() / static_cast<double>(total);
  }

  /// What must agree for a run to go on; how long it runs, and how often it reports, may change.
  Json settings() const {
    auto out = echo_fields(config_);
    for (const char* free : {"steps", "save_every", "keep", "validate_every", "validate_pairs",
                             "sample_every", "spike", "micro", "recompute"})
      out.erase(free);
    out["cache"] = train_.digest();
    return out;
  }

  void write_or_compare_settings() const {
    const auto path = folder_ / "config.json";
    if (!checkpoints().empty() && fs::exists(path)) {
      const auto stored = parse_json(read_file(path), path.string());
      const auto now = settings();
      for (const auto& [name, value] : now.items())
        if (!stored.contains(name) || stored[name] != value)
          throw UsageError(path.string(), ": the run was begun with ", name, " = ",
                           stored.contains(name) ? stored[name].dump() : "nothing", ", not ", value.dump(),
                           ". Go on with the same settings and cache, or use another --run.");
    }
    if (!is_first()) return;
    auto all = echo_fields(config_);
    all["cache"] = train_.digest();
    all["trained_parameters"] = count_parameters();
    write_file_atomic(path, all.dump(2) + "\n");
  }
  std::int64_t count_parameters() const {
    std::int64_t out = 0;
    for (const auto& tensor : parameters_.tensors) out += tensor.numel();
    return out;
  }

  fs::path checkpoint(std::int64_t step) const {
    char name[48];
    std::snprintf(name, sizeof(name), "step-%06lld.safetensors", static_cast<long long>(step));
    return folder_ / "checkpoints" / name;
  }
  /// Their steps, in order.
  std::vector<std::int64_t> checkpoints() const {
    std::vector<std::int64_t> out;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder_ / "checkpoints", none)) {
      long long step = 0;
      if (std::sscanf(entry.path().filename().c_str(), "step-%lld.safetensors", &step) == 1 &&
          entry.path() == checkpoint(step))
        out.push_back(step);
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  void resume() {
    const auto all = checkpoints();
    if (all.empty()) {
      if (is_first()) log_.rewind(0);
      return;
    }
    const auto path = checkpoint(all.back());
    const auto file = weights::SafetensorsFile::open(path);
    std::map<std::string, Tensor> state;
    for (const auto& [name, info] : file->tensors()) state[name] = file->tensor(name);
    torch::NoGradGuard no_grad;
    for (std::size_t i = 0; i < parameters_.names.size(); ++i)
      parameters_.tensors[i].detach().copy_(
          training::checkpoint_tensor(state, "model." + parameters_.names[i], parameters_.tensors[i]));
    optimizer_->load(state);
    if (ema_) ema_->load(parameters_, state);
    const auto position =
        training::checkpoint_tensor(state, "run.position", torch::zeros({3}, torch::kInt64));
    order_.seek(position[0].item<std::int64_t>());
    done_ = saved_ = position[1].item<std::int64_t>();
    result_.best_step = position[2].item<std::int64_t>();
    result_.best = state.at("run.best").item<double>();
    if (is_first()) log_.rewind(done_);
    log_info("resumed at step ", done_);
  }

  /// What the weights say of their making: settings, steps, how the cache was encoded.
  std::map<std::string, std::string> words() const {
    std::map<std::string, std::string> out = {{"unidg.sft", settings().dump()},
                                              {"unidg.steps", std::to_string(done_)}};
    if (!train_.made().empty()) out["unidg.cache"] = train_.made();
    return out;
  }

  void save_weights(const std::string& prefix) const {
    if (config_.parameters == "lora") {
      auto adapter = adapter_;
      for (auto& [path, low] : adapter.modules) low.a = low.a.detach(), low.b = low.b.detach();
      weights::AdapterCard card;
      card.title = "UniDG Diversity-SFT";
      card.more = words();
      weights::save_peft(folder_ / (prefix + "adapter.safetensors"), adapter, card);
      return;
    }
    std::map<std::string, Tensor> tensors;
    for (std::size_t i = 0; i < parameters_.names.size(); ++i)
      tensors[parameters_.names[i]] = parameters_.tensors[i].detach();
    weights::save_safetensors(folder_ / (prefix + "model.safetensors"), tensors, words());
  }

  parallel::Ring* ring_;
  Cache train_;
  std::optional<Cache> held_out_;
  models::FluxTransformer& transformer_;
  fs::path folder_;
  RunConfig config_;
  torch::Device device_;
  training::IndexStream order_;
  weights::Adapter adapter_;
  NamedParameters parameters_;
  std::unique_ptr<Optimizer> optimizer_;
  std::optional<training::Ema> ema_;
  RunLog log_;
  Watch watch_;
  RunResult result_;
  std::int64_t done_ = 0, saved_ = 0;
  double last_loss_ = 0;
};

}  // namespace

RunResult train(const fs::path& cache, models::FluxTransformer& transformer, const fs::path& folder,
                const RunConfig& config, const std::function<void(std::int64_t)>& show,
                parallel::Ring* ring) {
  fs::create_directories(folder);
  Run run(cache, transformer, folder, config, ring);
  Progress progress("sft", config.steps);
  progress.set(run.done());
  while (run.done() < config.steps) {
    run.step();
    progress.set(run.done(), text("loss ", run.last_loss()));
    const bool is_last = run.done() == config.steps;
    const auto is_time = [&](std::int64_t every) { return is_last || run.done() % every == 0; };
    if (is_time(config.validate_every)) run.validate();
    if (is_time(config.save_every)) run.save();  // before the sheet: a disk may be full
    if (show && run.is_first() && is_time(config.sample_every)) run.with_ema([&] { show(run.done()); });
    const bool stop = run.is_stopping();
    if (stop && !run.is_saved()) run.save();
    if (stop) break;
  }
  auto result = run.result();
  result.steps = run.done();
  return result;
}

}  // namespace unidg::sft
