#pragma once
#include <filesystem>
#include <memory>
#include <vector>

#include "unidg/agents/curate/half.h"
#include "unidg/agents/inpaint/inpainter.h"
#include "unidg/dataset/sets/entry_index.h"

namespace unidg::agents {

struct RealConfig {
  std::uint64_t seed = 0;
  bool boxes = false;            ///< entries whose mask is only a box take part too
  bool given_normals = true;     ///< a counterpart that the source brings is used; else all are painted
  std::int64_t least_mask = 12;  ///< pixels; smaller masks are dropped
};
void fields(FieldVisitor& visit, RealConfig& c);

/// Defect photos of sets. Their normal counterpart is the source's, where it has one, else painted by the
/// Inpainting Agent; a try that fails is repeated with the next seed.
class RealHalf : public Half {
 public:
  /// @throws InputError when a folder is no set or none has a defect photo
  RealHalf(std::vector<std::filesystem::path> sets, std::unique_ptr<Inpainter> inpainter, RealConfig config,
           int threads = 0);
  std::string name() const override { return "real"; }
  std::size_t count() const override { return index_.size(); }
  std::string id(std::size_t index) const override { return index_.entry(index).id; }
  std::vector<Made> make(const std::vector<Task>& tasks) override;
  Json settings() const override;

 private:
  Made make(const Task& task) const;
  dataset::sets::EntryIndex index_;
  std::unique_ptr<Inpainter> inpainter_;
  RealConfig config_;
  int threads_;
};

}  // namespace unidg::agents
