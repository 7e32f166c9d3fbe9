#include "unidg/models/redux/redux.h"

namespace unidg::models {

ReduxConfig ReduxConfig::read(const HubConfig& json) {
  return {json.integer("redux_dim", 1152), json.integer("txt_in_features", 4096)};
}

ReduxConfig ReduxConfig::infer(const weights::Scope& w) {
  if (!w.contains("redux_up.weight") || !w.contains("redux_down.weight"))
    throw FormatError(
        w.source().describe(), ": no '", w.prefix(), "redux_up.weight' and '", w.prefix(),
        "redux_down.weight'; this is no Redux embedder. `unidg inspect` lists what the file holds.");
  const auto shape = [&](const char* name) { return w.source().shape(w.prefix() + name); };
  return {shape("redux_up.weight").at(1), shape("redux_down.weight").at(0)};
}

ReduxEmbedderImpl::ReduxEmbedderImpl(const weights::Scope& w, const ReduxConfig& c) {
  const auto inner = 3 * c.txt_in_features;
  redux_up = nn::make_child<nn::Linear>(*this, w, "redux_up", c.redux_dim, inner);
  redux_down = nn::make_child<nn::Linear>(*this, w, "redux_down", inner, c.txt_in_features);
}

torch::Tensor ReduxEmbedderImpl::forward(const torch::Tensor& features) {
  return redux_down(torch::silu(redux_up(features)));
}

}  // namespace unidg::models
