#include "unidg/training/base.h"

#include <ATen/autocast_mode.h>

#include <chrono>
#include <set>

#include "unidg/core/files.h"
#include "unidg/core/log.h"
#include "unidg/core/progress.h"
#include "unidg/flow/packing.h"
#include "unidg/flow/residual.h"
#include "unidg/flow/sampler.h"
#include "unidg/flow/schedule.h"
#include "unidg/nn/lora.h"
#include "unidg/training/sheet.h"

namespace unidg::training {
namespace fs = std::filesystem;
using models::SmallModel;

namespace {

Tensor pixels(const Tensor& bytes) { return bytes.to(torch::kFloat32) / 127.5 - 1; }

struct Diptychs {
  Tensor truth, guess, mask, reference;
};
/// Eq. 5 and 6; the scene alone in plain mode.
Diptychs diptychs(const PairBatch& batch) {
  const auto mask = (batch.mask > 127).to(torch::kFloat32);
  if (!batch.reference.defined()) return {pixels(batch.target), pixels(batch.collage), mask, {}};
  const auto reference = pixels(batch.reference);
  return {torch::cat({reference, pixels(batch.target)}, 3), torch::cat({reference, pixels(batch.collage)}, 3),
          torch::cat({torch::zeros_like(mask), mask}, 3), reference};
}

PairBatch to(const PairBatch& batch, torch::Device device) {
  return {batch.reference.defined() ? batch.reference.to(device) : Tensor(), batch.target.to(device),
          batch.collage.to(device), batch.mask.to(device)};
}

torch::Device pick_device(const std::string& name) {
  if (name == "cpu" || (name == "auto" && !torch::cuda::is_available())) return torch::kCPU;
  if (!torch::cuda::is_available())
    throw UsageError("device is 'cuda' but this LibTorch sees no CUDA device; use device=cpu");
  return torch::kCUDA;
}

}  // namespace

FittedCodec fit_codec(const ShardSet& pairs, const BaseConfig& config) {
  torch::NoGradGuard no_grad;
  models::LinearCodecFit fit;
  IndexStream order(pairs.count(), static_cast<std::uint64_t>(config.seed));
  const auto rounds = std::max<std::int64_t>(1, std::min<std::int64_t>(pairs.count(), 2048) / 32);
  const auto take = std::min<std::int64_t>(32, pairs.count());
  for (std::int64_t i = 0; i < rounds; ++i) fit.add(pixels(pairs.batch(order.next(take)).target));
  FittedCodec out;
  out.codec = std::make_shared<models::LinearCodec>(fit.solve(config.luma_channels, config.chroma_channels));
  Tensor square;
  double tokens = 0, error = 0;
  order.seek(0);
  for (std::int64_t i = 0; i < rounds; ++i) {
    const auto d = diptychs(pairs.batch(order.next(take)));
    const auto z = out.codec->encode(d.truth);
    error += (out.codec->decode(z) - d.truth).square().mean().item<double>() / static_cast<double>(rounds);
    const auto difference = flow::pack_latents(z - out.codec->encode(d.guess));
    const auto inside = flow::token_mask(d.mask).unsqueeze(2);
    const auto sum = (difference.square() * inside).sum({0, 1});
    square = square.defined() ? square + sum : sum;
    tokens += inside.sum().item<double>();
  }
  out.deviation = (square / std::max(tokens, 1.0)).sqrt().clamp_min(1e-3);
  out.psnr_db = 10 * std::log10(4.0 / error);
  return out;
}

Tensor base_loss(SmallModel& model, const PairBatch& batch, const Tensor& t, const Tensor& noise,
                 double outside_weight) {
  const auto d = diptychs(batch);
  const auto condition = model.condition(d.guess, d.mask, d.reference);
  const auto z = flow::pack_latents(model.codec->encode(d.truth));
  const auto x_t = flow::interpolate(z, noise, t.view({-1, 1, 1}));
  const auto scales = flow::residual_scales(t, model.deviation);
  const auto r_t = flow::residual_of(x_t, condition.guess, t);
  const auto wanted = flow::residual_target(z, condition.guess, r_t, scales);
  const auto raw = model.raw(r_t, scales.in, t, condition).to(torch::kFloat32);
  const auto inside = flow::token_mask(d.mask).to(torch::kFloat32);
  const auto weight = inside + (1 - inside) * outside_weight;  // [B, L]
  const auto per_token = (raw - wanted).square().mean(2);      // [B, L]
  return (per_token * weight).sum() / weight.sum();
}

Tensor paint(SmallModel& model, const PairBatch& batch, double start, int steps, std::uint64_t seed) {
  torch::NoGradGuard no_grad;
  const auto d = diptychs(batch);
  const auto condition = model.condition(d.guess, d.mask, d.reference);
  const auto levels =
      flow::sigmas(steps, condition.guess.size(1), {.use_dynamic_shifting = false, .shift = 1}, start);
  const auto e = flow::noise(condition.guess.sizes(), seed, "sheet").to(condition.guess.device());
  const auto x = flow::interpolate(condition.guess, e, torch::full({1}, start, e.options()));
  const auto velocity = [&](const Tensor& x_t, int, double sigma) {
    const auto t = torch::full({x_t.size(0)}, sigma, x_t.options());
    return (x_t - model.estimate(x_t, t, condition)) / sigma;
  };
  const auto z = flow::sample(velocity, x, levels);
  const auto picture = model.codec->decode(flow::unpack_latents(z, d.guess.size(2) / 8, d.guess.size(3) / 8));
  const auto size = d.guess.size(2);
  const auto right = [&](const Tensor& diptych) { return diptych.narrow(3, diptych.size(3) - size, size); };
  const auto mask = right(d.mask);
  const auto painted = right(picture) * mask + right(d.truth) * (1 - mask);
  std::vector<Tensor> columns = {right(d.guess), painted, right(d.truth)};
  if (d.reference.defined()) columns.insert(columns.begin(), d.reference);
  return sheet(columns);
}

namespace {

/// One run directory and everything in it that must survive a kill.
class BaseRun {
 public:
  BaseRun(const fs::path& shards, const fs::path& folder, BaseConfig config)
      : pairs_(shards),
        shards_(shards),
        folder_(folder),
        config_(config),
        base_digest_(config.from.empty() ? "" : models::model_digest(config.from)),
        device_(pick_device(config.device)),
        order_(pairs_.count(), static_cast<std::uint64_t>(config.seed)),
        model_(build()),
        optimizer_(trainable(), {.lr = config.lr, .weight_decay = config.weight_decay}),
        ema_(optimizer_.parameters(), config.ema) {
    if (fs::exists(checkpoint())) resume();
    write_file_atomic(folder_ / "config.json", echo_fields(config_).dump(2) + "\n");
    // Sample sheets and the held-out loss show photos that training never draws from, where there are any.
    const bool held_out = fs::is_directory(shards / "val");
    const ShardSet judged(held_out ? shards / "val" : shards);
    shown_ = to(judged.batch(spread(judged.count(), 8)), device_);
    judged_ = to(judged.batch(spread(judged.count(), 64)), device_);
    model_.settings.size = pairs_.size();
    model_.settings.plain = pairs_.is_plain();
    model_.settings.t_max = config_.t_max;
  }

  std::int64_t done() const { return optimizer_.steps(); }

  double step() {
    const auto n = done();
    Rng rng(static_cast<std::uint64_t>(config_.seed) + 1, static_cast<std::uint64_t>(n));
    const auto batch =
        to(augment(pairs_.batch(order_.next(config_.batch)), rng, config_.swap_channels), device_);
    std::vector<float> times;
    for (std::int64_t i = 0; i < config_.batch; ++i)
      times.push_back(static_cast<float>(rng.uniform(config_.t_min, config_.t_max)));
    const auto t = torch::tensor(times).to(device_);
    torch::manual_seed(static_cast<std::uint64_t>(n) * 1000003 + static_cast<std::uint64_t>(config_.seed));
    const auto e = torch::randn({config_.batch, tokens(), model_.deviation.size(0)},
                                torch::TensorOptions().device(device_));
    const bool autocast = config_.autocast && device_.is_cuda();
    if (autocast) {
      at::autocast::set_autocast_enabled(at::kCUDA, true);
      at::autocast::set_autocast_dtype(at::kCUDA, torch::kBFloat16);
    }
    const auto loss = base_loss(model_, batch, t, e, config_.outside_weight);
    if (autocast) {
      at::autocast::clear_cache();
      at::autocast::set_autocast_enabled(at::kCUDA, false);
    }
    loss.backward();
    norm_ = clip_gradients(optimizer_.parameters(), config_.clip);
    optimizer_.step(cosine_rate(n, config_.warmup, config_.steps, config_.lr));
    ema_.update(optimizer_.parameters());
    return loss.item<double>();
  }

  void log(double loss, double seconds) {
    const Json line = {{"step", done()},
                       {"loss", loss},
                       {"gradient_norm", norm_},
                       {"lr", cosine_rate(done() - 1, config_.warmup, config_.steps, config_.lr)},
                       {"seconds", seconds}};
    append_line(folder_ / "log.jsonl", line.dump());
  }

  void save() {
    std::map<std::string, Tensor> state;
    const auto& p = optimizer_.parameters();
    for (std::size_t i = 0; i < p.names.size(); ++i) state["model." + p.names[i]] = p.tensors[i].detach();
    optimizer_.save(state);
    ema_.save(p, state);
    state["data_position"] = torch::tensor({order_.position()}, torch::kInt64);
    keep_previous();
    weights::save_safetensors(checkpoint(), state, checkpoint_words());
    if (config_.lora.rank > 0) {
      with_ema([&] { save_adapter(); });
      return;
    }
    with_ema([&] {
      model_.settings.trained_steps = done();
      model_.settings.trained_samples = order_.position();
      model_.save(folder_ / "model", torch::kBFloat16);
    });
    // What the pairs were cut from: whoever tests the model must know (docs/evaluation.md, "Guards").
    if (const auto list = shards_ / "training.jsonl"; fs::exists(list))
      write_file_atomic(folder_ / "model" / "training.jsonl", read_file(list));
  }

  void show() {
    with_ema([&] {
      const Json line = {{"step", done()}, {"held_out_loss", held_out_loss()}};
      append_line(folder_ / "log.jsonl", line.dump());
      for (const double start : {0.25, 0.5})
        if (start <= config_.t_max)
          write_picture(folder_ / "samples" / text("step-", done(), "-start-", start, ".png"),
                        paint(model_, shown_, start, 12, 7));
    });
  }

 private:
  static std::vector<std::int64_t> spread(std::int64_t count, std::int64_t wanted) {
    std::vector<std::int64_t> out;
    for (std::int64_t i = 0; i < std::min(wanted, count); ++i)
      out.push_back(i * count / std::min(wanted, count));
    return out;
  }

  // Of one diptych, or of the scene alone.
  std::int64_t tokens() const {
    const auto rows = pairs_.size() / 16;
    return rows * rows * (pairs_.is_plain() ? 1 : 2);
  }

  // The loss on fixed pairs, times and noise.
  double held_out_loss() {
    torch::NoGradGuard no_grad;
    const auto n = judged_.target.size(0);
    const auto t = torch::linspace(config_.t_min, config_.t_max, n).to(device_);
    const auto e = flow::noise({n, tokens(), model_.deviation.size(0)}, 11, "held out").to(device_);
    return base_loss(model_, judged_, t, e, config_.outside_weight).item<double>();
  }

  /// The newest checkpoint under a second name, so that at every moment one lies under its own.
  void keep_previous() const {
    if (!fs::exists(checkpoint())) return;
    const auto previous = folder_ / "checkpoint.previous.safetensors";
    fs::remove(previous);
    std::error_code no_links;
    fs::create_hard_link(checkpoint(), previous, no_links);
    if (no_links) fs::copy_file(checkpoint(), previous);
  }

  fs::path checkpoint() const { return folder_ / "checkpoint.safetensors"; }

  void save_adapter() const {
    auto adapter = adapter_;
    for (auto& [path, low] : adapter.modules) low.a = low.a.detach(), low.b = low.b.detach();
    weights::AdapterCard card;
    card.title = "unidg adapter of a small model";
    card.base_model = fs::path(config_.from).filename().string();
    card.base_licence = "as the base model";
    card.more = {{"unidg.base", base_digest_},
                 {"unidg.config", echo_fields(config_).dump()},
                 {"unidg.steps", std::to_string(done())}};
    if (config_.lora.start > 0) card.more["unidg.start"] = text(config_.lora.start);
    weights::save_peft(folder_ / "adapter.safetensors", adapter, card);
  }

  SmallModel build() {
    if (!config_.from.empty()) {
      auto model = SmallModel::load(config_.from);
      if (model.settings.size != pairs_.size())
        throw UsageError(config_.from, ": this model paints at ", model.settings.size,
                         " pixels, but the pairs have ", pairs_.size(),
                         ". Prepare them with --set size=", model.settings.size);
      model.to(device_);
      return model;
    }
    if (config_.lora.rank > 0)
      throw UsageError("lora.rank is ", config_.lora.rank, " but `from` names no model to adapt");
    if (fs::exists(folder_ / "codec.safetensors")) {
      const weights::Scope scope(weights::open_source(folder_ / "codec.safetensors"));
      const auto codec = std::make_shared<models::LinearCodec>(scope);
      return fresh(codec, scope.take("residual.deviation", {4 * codec->channels()}));
    }
    const auto fitted = fit_codec(pairs_, config_);
    log_info("codec: ", fitted.codec->channels(), " channels, ", fitted.psnr_db, " dB on the pairs");
    auto tensors = fitted.codec->tensors();
    tensors["residual.deviation"] = fitted.deviation;
    weights::save_safetensors(folder_ / "codec.safetensors", tensors, {{"psnr_db", text(fitted.psnr_db)}});
    return fresh(fitted.codec, fitted.deviation);
  }

  SmallModel fresh(std::shared_ptr<models::LinearCodec> codec, const Tensor& deviation) {
    auto model =
        SmallModel::create(codec, deviation, static_cast<std::uint64_t>(config_.seed),
                           SmallModel::default_transformer(*codec), SmallModel::default_encoder(), {});
    model.to(device_);
    return model;
  }

  NamedParameters trainable() {
    NamedParameters all;
    if (config_.lora.rank > 0) {
      for (auto* network : std::initializer_list<torch::nn::Module*>{
               model_.transformer.get(), model_.image_encoder.get(), model_.image_embedder.get()})
        if (network)
          for (auto& parameter : network->parameters()) parameter.set_requires_grad(false);
      auto& transformer = *model_.transformer;
      adapter_ =
          nn::attach_lora(transformer, nn::lora_targets(transformer, config_.lora.targets), config_.lora.rank,
                          config_.lora.alpha, static_cast<std::uint64_t>(config_.seed), "adapter");
      for (const auto& [path, low] : adapter_.modules)
        for (const auto& [name, tensor] : {std::pair{".lora_A", low.a}, std::pair{".lora_B", low.b}})
          all.names.push_back(path + name), all.tensors.push_back(tensor);
      return all;
    }
    make_trainable(*model_.transformer, "transformer.", device_, all);
    if (pairs_.is_plain()) return all;  // nothing is seen through the encoder
    make_trainable(*model_.image_encoder, "image_encoder.", device_, all);
    make_trainable(*model_.image_embedder, "image_embedder.", device_, all);
    return all;
  }

  std::map<std::string, std::string> checkpoint_words() const {
    return {{"unidg.config", echo_fields(config_).dump()}, {"unidg.base", base_digest_}};
  }

  /// @throws UsageError naming every setting that is not what the run was begun with
  void check_unchanged(const std::map<std::string, std::string>& begun) const {
    if (config_.allow_changes) return;
    static const std::set<std::string> free = {"steps",  "samples",  "save_every", "sample_every",
                                               "device", "autocast", "from",       "allow_changes"};
    std::string changed;
    const auto compare = [&](const std::string& name, const Json& before, const Json& now) {
      if (before != now) changed += text(changed.empty() ? "" : "; ", name, " was ", before, ", is ", now);
    };
    if (const auto found = begun.find("unidg.config"); found != begun.end()) {
      const auto before = parse_json(found->second, checkpoint().string());
      const auto now = echo_fields(config_);
      for (const auto& [name, value] : now.items())
        if (!free.count(name) && before.contains(name)) compare(name, before.at(name), value);
    }
    if (const auto found = begun.find("unidg.base"); found != begun.end() && found->second != base_digest_)
      compare("the model it starts from", found->second, base_digest_);
    if (!changed.empty())
      throw UsageError(
          folder_.string(), ": this run was begun with other settings: ", changed,
          ". Give another run folder, the old settings, or allow_changes=true to go on with these");
  }

  void resume() {
    const auto file = weights::SafetensorsFile::open(checkpoint());
    check_unchanged(file->metadata());
    std::map<std::string, Tensor> state;
    for (const auto& [name, info] : file->tensors()) state[name] = file->tensor(name);
    const auto& p = optimizer_.parameters();
    torch::NoGradGuard no_grad;
    for (std::size_t i = 0; i < p.names.size(); ++i) {
      const auto found = state.find("model." + p.names[i]);
      if (found == state.end() || found->second.sizes() != p.tensors[i].sizes())
        throw FormatError(checkpoint().string(), ": 'model.", p.names[i],
                          "' is missing or of another size. Use another --run folder for another model.");
      p.tensors[i].detach().copy_(found->second);
    }
    optimizer_.load(state);
    ema_.load(p, state);
    order_.seek(state.at("data_position").item<std::int64_t>());
    log_info("resumed at step ", done());
  }

  void with_ema(const std::function<void()>& work) {
    auto parameters = optimizer_.parameters();
    ema_.swap(parameters);
    work();
    ema_.swap(parameters);
  }

  ShardSet pairs_;
  fs::path shards_, folder_;
  BaseConfig config_;
  std::string base_digest_;  ///< of the model it starts from; empty: fresh weights
  torch::Device device_;
  IndexStream order_;
  SmallModel model_;
  weights::Adapter adapter_;
  AdamW optimizer_;
  Ema ema_;
  PairBatch shown_, judged_;
  double norm_ = 0;
};

}  // namespace

std::int64_t train_base(const fs::path& shards, const fs::path& folder, BaseConfig config,
                        double deadline_s) {
  if (config.t_min >= config.t_max)
    throw UsageError("t_min is ", config.t_min, " but must be below t_max, ", config.t_max);
  config.steps = config.steps_in_all();
  BaseRun run(shards, folder, config);
  Progress progress("train base", config.steps);
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  std::int64_t saved = run.done();
  while (run.done() < config.steps) {
    const double before = elapsed();
    const double loss = run.step();
    run.log(loss, elapsed() - before);
    progress.set(run.done(), text("loss ", loss));
    const bool stop = interrupted() || (deadline_s > 0 && elapsed() > deadline_s);
    if (run.done() % config.sample_every == 0 || run.done() == config.steps || stop) run.show();
    if (run.done() % config.save_every == 0 || run.done() == config.steps || stop) {
      run.save();
      saved = run.done();
    }
    if (stop) break;
  }
  return saved;
}

}  // namespace unidg::training
