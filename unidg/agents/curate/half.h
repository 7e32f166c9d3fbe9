#pragma once
#include <string>
#include <vector>

#include "unidg/agents/caption/captioner.h"
#include "unidg/dataset/sets/set_folder.h"

namespace unidg::agents {

/// One item of a half, and which try this is: a later one draws anew.
struct Task {
  std::size_t index = 0;
  std::string id;
  int attempt = 0;
};

/// A triplet ready for captions, or why there is none.
struct Made {
  Triplet triplet;  ///< empty pictures where there is a problem
  dataset::sets::SetEntry
      entry;                   ///< what the quadruplet's line will say; paths are filled in when it is kept
  std::string abnormal, mask;  ///< content of the files as they are written
  std::string normal;          ///< the same
  std::string normal_extension = ".png", abnormal_extension = ".png";
  Mask found;  ///< the mask told by the change; empty-sized where it isn't asked for
  Json provenance = Json::object();
  std::string step;        ///< where it ended: input | inpaint | generate | quality; "" when it was made
  std::string reason;      ///< a few words that are counted; "" when it was made
  std::string detail;      ///< the whole message
  bool may_retry = false;  ///< another try may end otherwise
};

/// Where quadruplets come from: defect photos whose normal counterpart is painted, or normal photos whose
/// defect is (Sec. 3.1, App. A.1).
class Half {
 public:
  virtual ~Half() = default;
  virtual std::string name() const = 0;  ///< real | synthesised
  virtual std::size_t count() const = 0;
  virtual std::string id(std::size_t index) const = 0;
  /// One result a task, in order; each depends on its task alone. Faults of pictures are results.
  virtual std::vector<Made> make(const std::vector<Task>& tasks) = 0;
  /// What decides the results: settings, names of the agents, and what the inputs are.
  virtual Json settings() const = 0;
};

}  // namespace unidg::agents
