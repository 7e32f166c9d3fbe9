#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "unidg/core/config.h"
#include "unidg/core/torch.h"
#include "unidg/models/hub_config.h"
#include "unidg/weights/scope.h"

namespace unidg::generation {

using torch::Tensor;
using Tensors = std::map<std::string, Tensor>;

/// An opened parity case: what the networks below run on, and the notes they leave.
class ParityCase {
 public:
  /// @throws FormatError when the file is no parity case
  static ParityCase open(const std::filesystem::path& path);

  /// An input as fp32 (uint8 stays). @param dimensions wanted sizes, -1 for any; a missing batch of one is
  /// added
  /// @throws FormatError when it is missing or of another shape
  Tensor input(const std::string& name, const std::vector<std::int64_t>& dimensions) const;
  bool has_input(const std::string& name) const { return inputs_.contains(name); }
  /// Weights below `part` ("transformer.", "" for all) from where `anchor` was found on: a prefix before it
  /// is stripped, so that "vision_model.post_layernorm.weight" and "post_layernorm.weight" are the same.
  std::shared_ptr<weights::Source> weights_at(const std::string& part, const std::string& anchor) const;
  /// The config of a part, or the whole config for "".
  Json config(const std::string& part) const;
  std::string where(const std::string& part) const;  ///< for messages: file and part of the config
  void note(const std::string& line) const { notes_.push_back(line); }
  void note_unread(const models::HubConfig& config, const std::string& network) const;

  std::filesystem::path path;
  std::string network;
  Json options = Json::object();
  Tensors outputs;  ///< as stored

  /// Everything noted, with the inputs that no network asked for.
  std::vector<std::string> notes() const;

 private:
  Json config_ = Json::object();
  std::shared_ptr<weights::Source> weights_;
  Tensors inputs_;
  mutable std::vector<std::string> notes_;
  mutable std::vector<std::string> asked_;
};

}  // namespace unidg::generation
