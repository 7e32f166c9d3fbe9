#pragma once
#include "unidg/core/torch.h"

#include <filesystem>

namespace unidg::training {

/// Writes a picture [3, H, W] in [-1, 1] as an 8-bit PNG without any image library (stored, not compressed),
/// so that a bare training machine can show its samples.
void write_picture(const std::filesystem::path& path, const torch::Tensor& picture);

/// Rows of equally sized pictures side by side. @param columns each [B, 3, S, S] in [-1, 1]
torch::Tensor sheet(const std::vector<torch::Tensor>& columns);

}  // namespace unidg::training
