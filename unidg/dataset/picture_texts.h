#pragma once
#include "unidg/core/config.h"
#include "unidg/image/image.h"

namespace unidg::dataset {

/// Who made the pixels, in IPTC's words.
enum class PixelSource { TrainedModel, Algorithm };

/// Texts that a generated PNG carries: `unidg` (schema-versioned JSON), `parameters` (the line
/// that other tools read) and an XMP packet with IPTC's digital source type. Absolute paths in `settings` are
/// cut to their file name.
/// @param settings id, seed, steps, guidance, model, reference, mask, ... as the run resolved them
PngTexts picture_texts(const Json& settings, int width, int height,
                       PixelSource source = PixelSource::TrainedModel);

/// The `unidg` JSON of texts read from a PNG; null when there is none. @throws FormatError when it is broken
Json settings_of(const PngTexts& texts, const std::string& where);

}  // namespace unidg::dataset
