#pragma once
#include "unidg/chat/chat_model.h"

namespace unidg::agents {

/// A picture for a question, scaled down to `longest_side`; 8 bit.
chat::Part picture_part(const Image& image, int longest_side);
/// A mask likewise; thin defects stay.
chat::Part picture_part(const Mask& mask, int longest_side);

}  // namespace unidg::agents
