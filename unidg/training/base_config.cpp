#include "unidg/training/base.h"

namespace unidg::training {

void fields(FieldVisitor& visit, BaseConfig& c) {
  visit("steps", c.steps, in(1, 1e8), "optimizer steps in all");
  visit("samples", c.samples, in(0, 1e12), "training samples in all, in place of steps; 0: as steps says");
  visit("batch", c.batch, in(1, 65536), "pairs a step");
  visit("lr", c.lr, above(0), "learning rate after warm-up; a cosine follows");
  visit("warmup", c.warmup, in(1, 1e6), "steps of linear warm-up");
  visit("weight_decay", c.weight_decay, in(0, 1), "decoupled decay");
  visit("clip", c.clip, above(0), "largest gradient norm");
  visit("ema", c.ema, in(0, 0.99999), "decay of the averaged weights that are shipped");
  visit("t_min", c.t_min, in(0.001, 1), "smallest noise level drawn");
  visit("t_max", c.t_max, in(0.001, 1), "largest noise level drawn");
  visit("outside_weight", c.outside_weight, in(0, 1), "loss weight of tokens outside the mask");
  visit("luma_channels", c.luma_channels, in(1, 64), "luma components of the codec");
  visit("chroma_channels", c.chroma_channels, in(1, 128), "chroma components of the codec");
  visit("seed", c.seed, any(), "of weights, data order, times and noise");
  visit("save_every", c.save_every, in(1, 1e8), "steps between checkpoints");
  visit("sample_every", c.sample_every, in(1, 1e8), "steps between sample sheets");
  visit("device", c.device, one_of({"auto", "cpu", "cuda"}), "where to train");
  visit("autocast", c.autocast, any(), "bf16 matrix products on a GPU");
  visit("from", c.from, any(), "folder of a small model to start from; empty: fresh weights");
  visit("swap_channels", c.swap_channels, any(), "augmentation may exchange colour channels");
  visit("allow_changes", c.allow_changes, any(),
        "an unfinished run may go on with other settings than it began with");
  visit.group("lora", c.lora);
}

void fields(FieldVisitor& visit, BaseLora& c) {
  visit("rank", c.rank, in(0, 4096), "rank of the factors that are trained; 0: every weight is");
  visit("alpha", c.alpha, above(0), "of the factors");
  visit("targets", c.targets, any(), "insert-anything | flow-grpo | a regular expression for whole paths");
  visit("start", c.start, in(0, 1), "t0 that the adapted model starts from; 0: its base's");
}

}  // namespace unidg::training
