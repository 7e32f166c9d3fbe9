#include "unidg/sft/run/run.h"

namespace unidg::sft {

void fields(FieldVisitor& visit, OptimConfig& c) {
  visit("name", c.name, one_of({"prodigy", "adamw"}), "the optimizer");
  visit("lr", c.lr, in(0, 1e3), "learning rate; 0: 1 for Prodigy, 1e-4 for AdamW");
  visit("weight_decay", c.weight_decay, in(0, 1), "decoupled decay");
  visit("clip", c.clip, above(0), "largest gradient norm");
  visit("d0", c.d0, above(0), "Prodigy's first step size");
  visit("d_coef", c.d_coef, above(0), "factor on Prodigy's estimate");
  visit("bias_correction", c.bias_correction, any(), "Prodigy: correct the moments' start as Adam does");
  visit("safeguard_warmup", c.safeguard_warmup, any(),
        "Prodigy: leave the learning rate out of the estimate");
}

void fields(FieldVisitor& visit, LoraConfig& c) {
  visit("rank", c.rank, in(1, 4096), "r");
  visit("alpha", c.alpha, above(0), "the update counts alpha / r");
  visit("targets", c.targets, any(), "insert-anything, flow-grpo, or a regular expression for whole paths");
}

void fields(FieldVisitor& visit, RunConfig& c) {
  visit("steps", c.steps, in(1, 1e9), "optimizer steps in all");
  visit("batch", c.batch, in(1, 1e6), "pairs a step");
  visit("micro", c.micro, in(1, 1e6), "pairs in memory at once; the rest of the batch is accumulated");
  visit("recompute", c.recompute, any(), "keep the blocks' inputs alone and compute them again backwards");
  visit("parameters", c.parameters, one_of({"lora", "full"}), "what is trained");
  visit("ema", c.ema, in(0, 0.99999), "decay of averaged parameters; 0: none");
  visit("seed", c.seed, any(), "of factors, order, noise levels and noise");
  visit("save_every", c.save_every, in(1, 1e9), "steps between checkpoints");
  visit("keep", c.keep, in(1, 1e6), "newest checkpoints that stay");
  visit("validate_every", c.validate_every, in(1, 1e9), "steps between looks at the held-out pairs");
  visit("validate_pairs", c.validate_pairs, in(1, 1e6), "held-out pairs that judge, at most");
  visit("sample_every", c.sample_every, in(1, 1e9), "steps between sample sheets");
  visit("spike", c.spike, above(1), "a loss so many times the usual one is reported");
  visit.group("loss", c.loss);
  visit.group("lora", c.lora);
  visit.group("optim", c.optim);
}

}  // namespace unidg::sft
