#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "unidg/agents/caption/captioner.h"
#include "unidg/agents/curate/ledger.h"

namespace unidg::agents {

/// Small pictures of dropped items, so that the report can show what was refused:
/// previews/STEP-REASON/ID.jpg.
class Previews {
 public:
  static constexpr int kSide = 200;  ///< of each of the two pictures, pixels
  /// @param most of one reason
  Previews(std::filesystem::path folder, int most);
  /// Nothing when there are enough of this reason, or no picture was made.
  void add(const LedgerLine& line, const Triplet& triplet);

 private:
  std::filesystem::path folder_;
  int most_;
  std::map<std::string, int> counts_;
};
/// Where the previews of a reason lie, below the folder.
std::filesystem::path preview_folder(const std::string& half, const std::string& step,
                                     const std::string& reason);

/// Abnormal picture with the mask's outline, and the normal one beside it, as JPEG.
std::string preview_jpeg(const Image& abnormal, const Mask& mask, const Image& normal, int side);

}  // namespace unidg::agents
