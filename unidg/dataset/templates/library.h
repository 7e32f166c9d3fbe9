#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "unidg/core/config.h"
#include "unidg/dataset/templates/features.h"

/// Masks of real defects, sorted by what they look like: where and how large defects of a category are
/// (App. A.1: 100 clusters a category, 2800 templates).
namespace unidg::dataset::templates {

struct LibraryConfig {
  std::int64_t clusters = 100;       ///< of a category
  std::int64_t masks_a_cluster = 3;  ///< a category gets fewer clusters rather than fewer masks in each
  std::int64_t iterations = 30;      ///< of k-means, at most
  std::int64_t longest = 512;        ///< masks are kept at this longer side, pixels
  double area_weight = 0.1;          ///< of a factor e of area, against the shape's whole range of 1
  double aspect_weight = 0.2;        ///< of a factor e of width / height
  bool coarse = true;                ///< masks that their source draws loosely count too
  std::int64_t seed = 0;
};
void fields(FieldVisitor& visit, LibraryConfig& c);

/// One mask of the library.
struct Member {
  std::string id, source, object, type, licence;
  int category = 0, cluster = 0;  ///< 1 to 28; from 0
  bool is_typical = false;        ///< the nearest to its cluster's centre
  cv::Size size;                  ///< of the picture, brought to `longest`
  std::string counts;             ///< COCO's compressed run lengths
  double area_ratio = 0;          ///< mask pixels / picture pixels
  bool touches_border = false;

  Mask mask() const;
};
Json to_json(const Member& member);
/// @throws FormatError naming `where` and the field
Member member_from_json(const Json& json, const std::string& where);

/// What became of one category.
struct CategoryReport {
  int category = 0;
  std::string name;
  std::size_t masks = 0, clusters = 0;
  bool is_short = false;  ///< fewer clusters than asked for
};
struct BuildReport {
  std::vector<CategoryReport> categories;
  std::size_t read = 0, without_category = 0, skipped = 0;  ///< skipped: box or coarse masks, empty ones
};
Json to_json(const BuildReport& report);

class TemplateLibrary {
 public:
  /// Clusters the masks of set folders (docs/formats.md "Sets") by mapped category.
  /// @throws InputError when no set has a usable mask
  static TemplateLibrary build(const std::vector<std::filesystem::path>& sets, const LibraryConfig& config,
                               BuildReport& report);
  /// library.json and templates.jsonl, each whole or not at all.
  void save(const std::filesystem::path& folder) const;
  /// @throws InputError when it is no library; FormatError with file and line
  static TemplateLibrary load(const std::filesystem::path& folder);

  const std::vector<Member>& members() const { return members_; }
  /// Members of a category by cluster; empty for a category without masks.
  const std::vector<std::vector<std::size_t>>& clusters(int category) const;
  std::vector<int> categories() const;  ///< those that have masks
  const LibraryConfig& config() const { return config_; }

 private:
  void index();
  LibraryConfig config_;
  std::vector<Member> members_;
  std::map<int, std::vector<std::vector<std::size_t>>> clusters_;
};

}  // namespace unidg::dataset::templates
