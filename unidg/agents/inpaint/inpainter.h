#pragma once
#include <cstdint>
#include <string>

#include "unidg/core/config.h"
#include "unidg/image/image.h"

namespace unidg::agents {

/// A picture whose defect is to be removed.
struct InpaintRequest {
  Image abnormal;
  Mask mask;   ///< the annotated defect, the picture's size
  Mask avoid;  ///< other places that are not normal either and may not be copied from; may be empty-sized
  std::uint64_t seed = 0;
  std::string id;  ///< with the seed it decides every random choice: order, thread and shard don't
};

struct Inpainting {
  Image normal;         ///< size, channels and depth of the abnormal picture, byte-equal to it outside `used`
  Mask used;            ///< what was painted: the mask, dilated
  std::string problem;  ///< why there is no normal picture; "" when there is one
};

/// The Inpainting Agent (App. A.1): an abnormal picture and its mask in, the normal counterpart out.
class Inpainter {
 public:
  virtual ~Inpainter() = default;
  /// Safe to call from several threads. A picture that cannot be inpainted (the mask leaves too little
  /// surround) comes back with its problem. @throws InputError for an empty mask or sizes that differ
  virtual Inpainting inpaint(const InpaintRequest& request) const = 0;
  virtual std::string name() const = 0;
  virtual Json settings() const = 0;  ///< every setting that decides a picture, flat
};

/// @throws InputError when the mask is empty, or a mask has another size than the picture
void check_request(const InpaintRequest& request);

/// The mask grown by a disc. @param radius_px 0 gives the mask itself
Mask grown(const Mask& mask, int radius_px);

}  // namespace unidg::agents
