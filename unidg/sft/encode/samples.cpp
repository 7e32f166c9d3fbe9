#include "unidg/sft/encode/samples.h"

#include "unidg/flow/packing.h"
#include "unidg/flow/sampler.h"
#include "unidg/flow/schedule.h"
#include "unidg/training/sheet.h"

namespace unidg::sft {

Tensor paint_samples(conditioning::FillPipeline& pipeline, const Batch& batch, std::int64_t steps,
                     double guidance, const LossConfig& config) {
  torch::NoGradGuard no_grad;
  const auto& weight = pipeline.transformer->x_embedder->weight;
  const auto decode = [&](const Tensor& packed) {
    const auto latent =
        pipeline.vae->unscaled(flow::unpack_latents(packed, 2 * batch.rows, 2 * batch.columns));
    const auto dtype = weight.is_cuda() ? weight.scalar_type() : torch::kFloat32;
    return pipeline.vae->decode(latent.to(weight.device(), dtype))
        .to(torch::kCPU, torch::kFloat32)
        .clamp(-1, 1);
  };
  const auto levels = flow::sigmas(static_cast<int>(steps), batch.rows * batch.columns, {});
  std::vector<Tensor> columns[4];
  for (std::int64_t i = 0; i < batch.size(); ++i) {
    const auto one = batch.part(i, 1).to(weight.device());
    const auto noise = flow::noise(one.x0.sizes(), 7, text("sample ", i)).to(weight.device());
    const auto predict = [&](const Tensor& x, int, double sigma) {
      return velocity(pipeline.transformer, one, x, torch::full({1}, sigma, x.options()), guidance, config);
    };
    const auto painted = decode(flow::sample(predict, noise, levels));
    const auto truth = decode(one.x0), masked = decode(one.condition.narrow(2, 0, one.x0.size(2)));
    const auto side = truth.size(3) / 2;
    columns[0].push_back(truth.narrow(3, 0, side)), columns[1].push_back(masked.narrow(3, side, side));
    columns[2].push_back(painted.narrow(3, side, side)), columns[3].push_back(truth.narrow(3, side, side));
  }
  std::vector<Tensor> rows;
  for (const auto& column : columns) rows.push_back(torch::cat(column));
  return training::sheet(rows);
}

}  // namespace unidg::sft
