#include <gmock/gmock.h>

#include "support/golden.h"
#include "unidg/core/error.h"
#include "unidg/nn/layers.h"
#include "unidg/nn/lora.h"

namespace unidg::nn {
namespace {

using ::testing::AllOf;
using testing::Golden;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// The Linears and norms of the golden transformer under their paths, without its forward pass.
struct Tree : torch::nn::Module {
  explicit Tree(const Scope& scope) {
    for (const auto& name : scope.source().names()) {
      if (!name.ends_with(".weight")) continue;
      const auto path = name.substr(0, name.size() - 7);
      const auto shape = scope.source().shape(name);
      torch::nn::Module* parent = this;
      std::size_t first = 0;
      for (auto dot = path.find('.'); dot != path.npos; first = dot + 1, dot = path.find('.', first)) {
        const auto word = path.substr(first, dot - first);
        if (!parent->named_children().contains(word))
          parent->register_module(word, std::make_shared<torch::nn::Module>());
        parent = parent->named_children()[word].get();
      }
      const auto leaf = path.substr(first);
      if (shape.size() == 2)
        linears.emplace(path, parent->register_module(leaf, Linear(scope[path], shape[1], shape[0])));
      else
        norms.emplace(path, parent->register_module(leaf, RmsNorm(scope[path], shape[0], 1e-6)));
    }
  }
  std::map<std::string, Linear> linears;
  std::map<std::string, RmsNorm> norms;
};

std::shared_ptr<Tree> golden_tree() {
  auto source =
      weights::memory_source(Golden::load("weights/golden/lora_base.safetensors").below(""), "base");
  return std::make_shared<Tree>(Scope(source));
}
weights::Adapter adapter(const std::string& name) {
  return weights::read_adapter(Golden::path_of("weights/golden/lora_" + name));
}

TEST(ApplyGolden, MergedNetworkEqualsPeft) {
  for (const std::string name : {"peft.safetensors", "peft_folder", "kohya.safetensors",
                                 "kohya_split.safetensors", "control.safetensors", "xlabs.safetensors"}) {
    SCOPED_TRACE(name);
    auto tree = golden_tree();
    nn::apply(*tree, adapter(name));
    merge_adapters(*tree);
    const auto merged =
        Golden::load("weights/golden/lora_" + name.substr(0, name.find('.')) + "_merged.safetensors")
            .below("");
    const auto parameters = tree->named_parameters();
    for (const auto& [key, expected] : merged) EXPECT_TENSOR_NEAR(parameters[key], expected, 1e-6) << key;
  }
}

TEST(Apply, BranchesComputeWhatMergingWould) {
  torch::manual_seed(3);
  auto branched = golden_tree(), merged = golden_tree();
  for (auto& tree : {branched, merged}) {  // two adapters of unlike strength on the same network
    nn::apply(*tree, adapter("kohya.safetensors"), 0.75);
    nn::apply(*tree, adapter("peft_folder"), -0.5);
  }
  merge_adapters(*merged);
  for (auto& [path, linear] : branched->linears) {
    const auto x = torch::randn({3, linear->in_features});
    EXPECT_TENSOR_NEAR(linear->forward(x), merged->linears.at(path)->forward(x), 2e-6) << path;
  }
}

TEST(Apply, WeightZeroChangesNothing) {
  auto tree = golden_tree();
  const auto plain = golden_tree();
  nn::apply(*tree, adapter("control.safetensors"), 0);
  merge_adapters(*tree);
  const auto found = tree->named_parameters(), expected = plain->named_parameters();
  for (const auto& item : expected) EXPECT_TENSOR_NEAR(found[item.key()], item.value(), 1e-7) << item.key();
}

TEST(Apply, NamesTheModuleThatIsMissingOrOfAnotherShapeAndChangesNothing) {
  auto tree = golden_tree();
  auto deeper = adapter("peft.safetensors");
  deeper.modules["transformer_blocks.7.attn.to_q"] = deeper.modules.at("transformer_blocks.0.attn.to_q");
  EXPECT_THAT([&] { nn::apply(*tree, deeper); },
              ThrowsMessage<FormatError>(AllOf(HasSubstr("'transformer_blocks.7.attn.to_q'"),
                                               HasSubstr("closest: 'transformer_blocks.0.attn.to_q'"))));
  auto wider = adapter("peft.safetensors");
  wider.modules.at("x_embedder").a = torch::ones({3, 384});
  EXPECT_THAT(
      [&] { nn::apply(*tree, wider); },
      ThrowsMessage<FormatError>(AllOf(HasSubstr("384 inputs"), HasSubstr("FLUX Fill does not fit dev"))));
  for (auto& [path, linear] : tree->linears) EXPECT_TRUE(linear->branches().empty()) << path;
}

}  // namespace
}  // namespace unidg::nn
