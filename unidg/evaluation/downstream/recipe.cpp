#include "unidg/evaluation/downstream/recipe.h"

namespace unidg::evaluation {

void fields(FieldVisitor& visit, Recipe& r) {
  visit("size", r.size, in(64, 2048), "side of the network's square input, a multiple of 32");
  visit("batch", r.batch, in(1, 4096), "samples a step");
  visit("epochs", r.epochs, in(1, 1e6), "passes of epoch_samples");
  visit("epoch_samples", r.epoch_samples, in(0, 1e8), "samples drawn per epoch; 0: 5 times the pictures");
  visit("lr", r.lr, above(0), "learning rate of Adam");
  visit("schedule", r.schedule, one_of({"steps", "one_cycle"}),
        "x0.2 at 80 and 90 %, or up and then a cosine");
  visit("checkpoint", r.checkpoint, one_of({"last", "best_test"}),
        "best_test leaks the test set (docs/choices.md 66)");
  visit("precision", r.precision, one_of({"fp32", "bf16"}), "of activations and products");
  visit("device", r.device, one_of({"auto", "cpu", "cuda"}), "where to train");
}

Json to_json(const TrainingReport& report) {
  return {{"network", report.network},        {"checkpoint", report.checkpoint},
          {"parameters", report.parameters},  {"steps", report.steps},
          {"samples", report.samples},        {"seconds", report.seconds},
          {"final_loss", report.final_loss()}};
}

}  // namespace unidg::evaluation
