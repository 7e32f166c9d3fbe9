#include "unidg/weights/adapters.h"

#include <set>

#include "unidg/core/error.h"
#include "unidg/core/log.h"
#include "unidg/weights/adapter_keys.h"
#include "unidg/weights/adapter_scale.h"
#include "unidg/weights/kind.h"

namespace unidg::weights {
namespace fs = std::filesystem;
namespace {

/// The tensors of one module as the file holds them.
struct Raw {
  AdapterKey key;
  Tensor a, b, bias, alpha;
};

/// 1x1 convolutions are matrices.
Tensor as_matrix(const Tensor& t) {
  return t.dim() == 4 && t.size(2) == 1 && t.size(3) == 1 ? t.reshape({t.size(0), t.size(1)}) : t;
}

class Reader {
 public:
  Reader(const Source& source, std::string name, std::optional<AdapterScales> scales)
      : source_(source), scales_(std::move(scales)) {
    adapter_.name = std::move(name);
    adapter_.metadata = source.metadata();
    adapter_.format = recognise(source).layout;
  }

  Adapter read() {
    collect();
    for (const auto& [stem, raw] : raw_) add(raw);
    if (adapter_.modules.empty() && adapter_.replacements.empty())
      fail("holds no LoRA of the FLUX transformer. `unidg inspect` lists what it holds");
    if (!adapter_.skipped.empty())
      log_warning(source_.describe(), ": ", adapter_.skipped.size(),
                  " tensors of text encoders are not applied, such as '", adapter_.skipped.front(), "'");
    return std::move(adapter_);
  }

 private:
  template <typename... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    throw FormatError(source_.describe(), ": ", parts..., ".");
  }

  /// Sorts the tensors by module; whatever fits no rule is named.
  void collect() {
    std::vector<std::string> unknown;
    for (const auto& name : source_.names()) {
      if (is_text_encoder_key(name)) {
        adapter_.skipped.push_back(name);
        continue;
      }
      if (const auto method = unsupported_method(name); !method.empty())
        fail("'", name, "' belongs to ", method,
             "; only plain LoRA can be applied. Extract a LoRA from it first");
      const auto key = parse_adapter_key(name);
      if (!key || !adapter_target(*key)) {
        unknown.push_back(name);
        continue;
      }
      if (key->slot == AdapterSlot::Norm) {
        adapter_.replacements[adapter_target(*key)->diffusers[0] + ".weight"] = source_.load(name);
        continue;
      }
      auto& raw = raw_.try_emplace(key->stem, Raw{*key, {}, {}, {}, {}}).first->second;
      auto& slot = key->slot == AdapterSlot::A      ? raw.a
                   : key->slot == AdapterSlot::B    ? raw.b
                   : key->slot == AdapterSlot::Bias ? raw.bias
                                                    : raw.alpha;
      if (slot.defined()) fail("'", name, "' appears for a second adapter name; save one adapter per file");
      slot = key->slot == AdapterSlot::Alpha ? source_.load(name) : as_matrix(source_.load(name));
    }
    if (unknown.empty()) return;
    std::string list;
    for (std::size_t i = 0; i < unknown.size() && i < 8; ++i) list += (i ? ", '" : "'") + unknown[i] + "'";
    fail(unknown.size(), unknown.size() == 1 ? " tensor belongs" : " tensors belong",
         " to no known LoRA format: ", list, unknown.size() > 8 ? ", ..." : "");
  }

  /// Alpha as the file's tensors say it; 0 or absent means the rank.
  double alpha_over(const Raw& raw, std::int64_t rank) const {
    if (!raw.alpha.defined()) return 1;
    if (raw.alpha.numel() != 1)
      fail("alpha of '", raw.key.stem, "' has ", raw.alpha.numel(), " values; expected one");
    const double alpha = raw.alpha.to(torch::kFloat64).item<double>();
    return alpha == 0 ? 1 : alpha / static_cast<double>(rank);
  }

  void check_shapes(const Raw& raw) const {
    const auto& stem = raw.key.stem;
    if (!raw.a.defined() || !raw.b.defined())
      fail("'", stem, "' has ", raw.a.defined() ? "A (down) without B (up)" : "no A (down)",
           "; the file is incomplete");
    if (raw.a.dim() != 2 || raw.b.dim() != 2 || raw.b.size(1) != raw.a.size(0) || raw.a.size(0) == 0)
      fail("'", stem, "': A is ", raw.a.sizes(), " and B is ", raw.b.sizes(),
           "; expected [r, in] and [out, r]");
    if (raw.bias.defined() && (raw.bias.dim() != 1 || raw.bias.size(0) != raw.b.size(0)))
      fail("'", stem, "': the bias is ", raw.bias.sizes(), " but B has ", raw.b.size(0), " rows");
  }

  void put(const std::string& module, LowRank low) {
    if (!adapter_.modules.emplace(module, std::move(low)).second)
      fail("'", module, "' is updated twice, under two names");
  }

  void add(const Raw& raw) {
    check_shapes(raw);
    auto target = *adapter_target(raw.key);
    const auto rank = raw.a.size(0);
    if (target.diffusers.size() == 4 && raw.b.size(0) == 3 * raw.a.size(1))
      target.diffusers.pop_back();  // q, k, v alone
    if (target.diffusers.size() == 1) {
      const auto& module = target.diffusers[0];
      const auto swap = [&](const Tensor& t) {
        return target.swaps_halves && t.defined() ? t.roll(t.size(0) / 2, 0) : t;
      };
      put(module, {raw.a, swap(raw.b), swap(raw.bias),
                   scales_ ? scales_->scale(module, rank) : alpha_over(raw, rank)});
      return;
    }
    const auto rows = part_rows(target, raw.b.size(0), raw.a.size(1), source_.describe());
    const auto parts = static_cast<std::int64_t>(rows.size());
    const bool is_split = is_block_diagonal(raw.b, rows);
    const auto part_rank = is_split ? rank / parts : rank;
    std::int64_t first = 0;
    for (std::int64_t part = 0; part < parts; ++part) {
      const auto count = rows[static_cast<std::size_t>(part)];
      auto a = raw.a, b = raw.b.narrow(0, first, count);
      if (is_split) {
        a = a.narrow(0, part * part_rank, part_rank);
        b = b.narrow(1, part * part_rank, part_rank);
      }
      const auto bias = raw.bias.defined() ? raw.bias.narrow(0, first, count) : Tensor();
      const auto& module = target.diffusers[static_cast<std::size_t>(part)];
      // split_qkv writes the alpha of one part beside the rank of all of them: the rank of a part is what
      // counts.
      put(module, {a, b, bias, scales_ ? scales_->scale(module, part_rank) : alpha_over(raw, part_rank)});
      first += count;
    }
  }

  /// Whether B is what kohya's split_qkv saves: each part's rows use their own share of the rank and nothing
  /// else.
  static bool is_block_diagonal(const Tensor& b, const std::vector<std::int64_t>& rows) {
    const auto parts = static_cast<std::int64_t>(rows.size());
    if (b.size(1) % parts != 0 || !b.any().item<bool>()) return false;
    const auto share = b.size(1) / parts;
    std::int64_t first = 0;
    for (std::int64_t part = 0; part < parts; ++part) {
      const auto block = b.narrow(0, first, rows[static_cast<std::size_t>(part)]);
      if (block.narrow(1, 0, part * share).any().item<bool>()) return false;
      if (block.narrow(1, (part + 1) * share, b.size(1) - (part + 1) * share).any().item<bool>())
        return false;
      first += rows[static_cast<std::size_t>(part)];
    }
    return true;
  }

  const Source& source_;
  std::optional<AdapterScales> scales_;
  std::map<std::string, Raw> raw_;
  Adapter adapter_;
};

}  // namespace

Adapter read_adapter(const Source& source, const std::string& name) {
  return Reader(source, name, AdapterScales::from_metadata(source.metadata(), source.describe())).read();
}

Adapter read_adapter(const fs::path& path) {
  const bool is_folder = fs::is_directory(path);
  fs::path file = path;
  if (is_folder)
    for (const auto* name : {"pytorch_lora_weights.safetensors", "adapter_model.safetensors"})
      if (fs::exists(path / name)) {
        file = path / name;
        break;
      }
  const auto source = open_source(file);
  auto name = is_folder ? fs::canonical(path).filename().string() : path.stem().string();
  // Only a file that PEFT itself wrote goes with the config beside it.
  const auto config = file.parent_path() / "adapter_config.json";
  if (file.filename() == "adapter_model.safetensors" && fs::exists(config))
    return Reader(*source, std::move(name), AdapterScales::from_config(read_file(config), config.string()))
        .read();
  return read_adapter(*source, name);
}

}  // namespace unidg::weights
