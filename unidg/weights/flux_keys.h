#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "unidg/weights/scope.h"

namespace unidg::weights {

/// One module of the MM-DiT under its name in the single-file layout (BFL) and its names in the diffusers
/// layout, which are the names of our networks. A fused BFL module has several diffusers
/// modules, in row order.
struct FluxModule {
  std::string bfl;
  std::vector<std::string> diffusers;
  bool swaps_halves = false;  ///< final adaLN: shift above scale in BFL, scale above shift in diffusers
  bool is_norm = false;       ///< q/k norm: the tensor is `scale` in BFL and `weight` in diffusers
};
/// The module of that name, or nullopt for a name that is no module of the MM-DiT.
std::optional<FluxModule> flux_module_by_bfl(const std::string& module);
std::optional<FluxModule> flux_module_by_diffusers(const std::string& module);
/// The same for a name of either layout in which every dot has become an underscore, as kohya writes it. A
/// diffusers part of a fused module is a module of its own, so that its rows are not split.
std::optional<FluxModule> flux_module_by_flat_name(const std::string& flat);
/// Every module of a network of that depth.
std::vector<FluxModule> flux_modules(std::int64_t double_blocks, std::int64_t single_blocks);

/// Rows of each diffusers part of a fused module: thirds of qkv; D, D, D and the rest of linear1.
/// @param rows of the fused tensor @param width D, the input width of the module (only linear1 needs it)
/// @param where the file, for messages
/// @throws FormatError when they do not divide
std::vector<std::int64_t> part_rows(const FluxModule& module, std::int64_t rows, std::int64_t width,
                                    const std::string& where);

/// The transformer under the names of our networks, whatever layout, prefix or scaled fp8 the file has. Parts
/// of a fused tensor are views of its rows; only the final adaLN is copied, when it is loaded. A source
/// already in that layout comes back unchanged. Names that belong to no module stay visible. @throws
/// FormatError naming a tensor that does not divide
std::shared_ptr<Source> as_diffusers_flux(std::shared_ptr<Source> source);
/// The inverse: fused tensors are concatenated when they are loaded. @throws FormatError when a part is
/// missing
std::shared_ptr<Source> as_bfl_flux(std::shared_ptr<Source> source);

/// The VAE under diffusers names: decoder levels counted from the other end, 1x1 convolutions
/// of the attention as matrices. All views.
std::shared_ptr<Source> as_diffusers_vae(std::shared_ptr<Source> source);
std::shared_ptr<Source> as_bfl_vae(std::shared_ptr<Source> source);

}  // namespace unidg::weights
