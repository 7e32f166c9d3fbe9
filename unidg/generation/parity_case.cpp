#include "unidg/generation/parity_case.h"

#include <algorithm>

namespace unidg::generation {

namespace {

Json json_field(const std::map<std::string, std::string>& metadata, const std::string& field,
                const std::string& where) {
  const auto at = metadata.find(field);
  if (at == metadata.end() || at->second.empty()) return Json::object();
  const auto json = parse_json(at->second, where + ": metadata '" + field + "'");
  if (!json.is_object()) throw FormatError(where, ": metadata '", field, "' must be a JSON object.");
  return json;
}

std::string shape_words(const std::vector<std::int64_t>& dimensions) {
  std::string out;
  for (const auto size : dimensions)
    out += (out.empty() ? "" : ", ") + (size < 0 ? "any" : std::to_string(size));
  return "[" + out + "]";
}

bool fits(const Tensor& tensor, const std::vector<std::int64_t>& dimensions) {
  if (tensor.dim() != static_cast<std::int64_t>(dimensions.size())) return false;
  for (std::size_t i = 0; i < dimensions.size(); ++i)
    if (dimensions[i] >= 0 && tensor.size(static_cast<std::int64_t>(i)) != dimensions[i]) return false;
  return true;
}

}  // namespace

ParityCase ParityCase::open(const std::filesystem::path& path) {
  const auto file = weights::SafetensorsFile::open(path);
  const auto& metadata = file->metadata();
  const auto version = metadata.find("unidg.parity");
  if (version == metadata.end() || version->second != "1")
    throw FormatError(path.string(),
                      ": no parity case: its metadata lacks \"unidg.parity\": \"1\". "
                      "docs/formats.md says how one is written.");
  const auto network = metadata.find("network");
  if (network == metadata.end())
    throw FormatError(path.string(), ": the metadata does not say which 'network' this case is for.");

  ParityCase parity;
  parity.path = path;
  parity.network = network->second;
  parity.config_ = json_field(metadata, "config", path.string());
  parity.options = json_field(metadata, "options", path.string());
  Tensors stored;
  for (const auto& [name, info] : file->tensors()) {
    if (name.starts_with("weights."))
      stored[name.substr(8)] = file->tensor(name);
    else if (name.starts_with("in."))
      parity.inputs_[name.substr(3)] = file->tensor(name);
    else if (name.starts_with("out."))
      parity.outputs[name.substr(4)] = file->tensor(name);
    else
      parity.note("tensor '" + name + "' is neither weights.*, in.* nor out.*");
  }
  parity.weights_ = weights::memory_source(std::move(stored), path.string());
  return parity;
}

Tensor ParityCase::input(const std::string& name, const std::vector<std::int64_t>& dimensions) const {
  asked_.push_back(name);
  const auto at = inputs_.find(name);
  if (at == inputs_.end()) {
    std::string there;
    for (const auto& [other, tensor] : inputs_) there += (there.empty() ? "" : ", ") + other;
    throw FormatError(path.string(), ": ", network, " needs the input 'in.", name, "'; the case holds ",
                      there.empty() ? "none" : there, ".");
  }
  auto tensor = at->second;
  if (tensor.dim() == static_cast<std::int64_t>(dimensions.size()) + 1 && tensor.size(0) == 1)
    tensor = tensor.squeeze(0);
  else if (tensor.dim() + 1 == static_cast<std::int64_t>(dimensions.size()))
    tensor = tensor.unsqueeze(0);
  if (!fits(tensor, dimensions))
    throw FormatError(path.string(), ": 'in.", name, "' is ", at->second.sizes(), " but ", network,
                      " expects ", shape_words(dimensions), ".");
  return tensor.scalar_type() == torch::kUInt8 ? tensor : tensor.to(torch::kFloat32);
}

std::shared_ptr<weights::Source> ParityCase::weights_at(const std::string& part,
                                                        const std::string& anchor) const {
  const auto below = part.empty() ? weights_ : weights::strip_prefix(weights_, part);
  if (below->contains(anchor)) return below;
  for (const auto& name : below->names())
    if (name.ends_with("." + anchor))
      return weights::strip_prefix(below, name.substr(0, name.size() - anchor.size()));
  return below;  // the network says what it misses
}

Json ParityCase::config(const std::string& part) const {
  if (part.empty()) return config_;
  const auto at = config_.find(part);
  return at == config_.end() || at->is_null() ? Json::object() : *at;
}

std::string ParityCase::where(const std::string& part) const {
  return path.string() + (part.empty() ? ": config" : ": config." + part);
}

void ParityCase::note_unread(const models::HubConfig& config, const std::string& what) const {
  for (const auto& field : config.unread())
    if (field != "model_type" && field != "architectures" && field != "torch_dtype" && field != "dtype")
      note("config field '" + field + "' has no meaning for " + what);
}

std::vector<std::string> ParityCase::notes() const {
  auto lines = notes_;
  for (const auto& [name, tensor] : inputs_)
    if (std::find(asked_.begin(), asked_.end(), name) == asked_.end())
      lines.push_back("input '" + name + "' is of no use to this network");
  return lines;
}

}  // namespace unidg::generation
