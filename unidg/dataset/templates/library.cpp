#include "unidg/dataset/templates/library.h"

#include <algorithm>
#include <fstream>
#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/sets/run_lengths.h"
#include "unidg/dataset/sets/set_folder.h"
#include "unidg/dataset/sets/taxonomy.h"

namespace unidg::dataset::templates {
namespace fs = std::filesystem;
namespace {

/// Smaller, with its thin parts: a pixel is set when a quarter of it is covered, or as much as any is.
Mask at_longest(const Mask& mask, std::int64_t longest) {
  const double scale = static_cast<double>(longest) / std::max(mask.width(), mask.height());
  if (scale >= 1) return mask;
  const cv::Size size(std::max(1, cvRound(mask.width() * scale)),
                      std::max(1, cvRound(mask.height() * scale)));
  cv::Mat share;
  cv::resize(mask.pixels(), share, size, 0, 0, cv::INTER_AREA);
  double most = 0;
  cv::minMaxLoc(share, nullptr, &most);
  return Mask(share >= std::min(64.0, most));
}

bool touches_border(const Mask& mask) {
  const auto box = mask.box();
  return box.x == 0 || box.y == 0 || box.br().x == mask.width() || box.br().y == mask.height();
}

struct Described {
  Member member;
  Features features;
};

Described describe(const sets::SetEntry& entry, const Mask& original, const LibraryConfig& config) {
  const auto mask = at_longest(original, config.longest);
  Described out{{.id = entry.id,
                 .source = entry.source,
                 .object = entry.object,
                 .type = entry.type,
                 .licence = entry.licence,
                 .category = *entry.category,
                 .size = mask.pixels().size(),
                 .counts = sets::coco_string(sets::run_lengths(mask).counts),
                 .area_ratio = static_cast<double>(mask.area()) / static_cast<double>(mask.pixels().total()),
                 .touches_border = touches_border(mask)},
                features_of(mask)};
  return out;
}

}  // namespace

void fields(FieldVisitor& visit, LibraryConfig& c) {
  visit("clusters", c.clusters, in(1, 10000), "clusters of a category (App. A.1)");
  visit("masks_a_cluster", c.masks_a_cluster, in(1, 1000),
        "masks that a category has for each cluster, at least");
  visit("iterations", c.iterations, in(1, 1000), "of k-means, at most");
  visit("longest", c.longest, in(64, 4096), "longer side at which masks are kept, pixels");
  visit("area_weight", c.area_weight, in(0, 10), "weight of a factor e of area, against the shape's 1");
  visit("aspect_weight", c.aspect_weight, in(0, 10), "weight of a factor e of width / height");
  visit("coarse", c.coarse, any(), "masks that their source draws loosely count too");
  visit("seed", c.seed, in(0, 1e9), "of k-means");
}

Mask Member::mask() const {
  return sets::from_run_lengths({size, sets::from_coco_string(counts, id), true}, id);
}

Json to_json(const Member& m) {
  return {{"id", m.id},
          {"source", m.source},
          {"object", m.object},
          {"type", m.type},
          {"licence", m.licence},
          {"category", m.category},
          {"cluster", m.cluster},
          {"typical", m.is_typical},
          {"width", m.size.width},
          {"height", m.size.height},
          {"counts", m.counts},
          {"area_ratio", m.area_ratio},
          {"touches_border", m.touches_border}};
}

Member member_from_json(const Json& json, const std::string& where) {
  try {
    Member m;
    json.at("id").get_to(m.id), json.at("source").get_to(m.source), json.at("object").get_to(m.object);
    json.at("type").get_to(m.type), json.at("licence").get_to(m.licence);
    json.at("category").get_to(m.category), json.at("cluster").get_to(m.cluster);
    json.at("typical").get_to(m.is_typical), json.at("counts").get_to(m.counts);
    json.at("width").get_to(m.size.width), json.at("height").get_to(m.size.height);
    json.at("area_ratio").get_to(m.area_ratio), json.at("touches_border").get_to(m.touches_border);
    if (m.category < 1 || m.category > 28 || m.cluster < 0)
      throw FormatError(where, ": category ", m.category, " and cluster ", m.cluster,
                        "; expected 1 to 28 and 0 or more");
    if (m.size.width < 1 || m.size.height < 1 || m.size.width > 4096 || m.size.height > 4096)
      throw FormatError(where, ": a mask of ", m.size.width, " x ", m.size.height, " pixels; at most 4096");
    return m;
  } catch (const Json::exception& error) {
    throw FormatError(where, ": not a template (", error.what(), "); `unidg masks build` writes them");
  }
}

Json to_json(const BuildReport& report) {
  Json categories = Json::array();
  for (const auto& c : report.categories)
    categories.push_back({{"category", c.category},
                          {"name", c.name},
                          {"masks", c.masks},
                          {"clusters", c.clusters},
                          {"short", c.is_short}});
  return {{"read", report.read},
          {"without_category", report.without_category},
          {"skipped", report.skipped},
          {"categories", categories}};
}

TemplateLibrary TemplateLibrary::build(const std::vector<fs::path>& folders, const LibraryConfig& config,
                                       BuildReport& report) {
  std::map<int, std::vector<Described>> by_category;
  std::size_t total = 0;
  for (const auto& folder : folders) total += sets::count_entries(folder);
  Progress progress("masks", static_cast<std::int64_t>(total));
  for (const auto& folder : folders)
    sets::each_entry(folder, [&](const sets::SetEntry& entry) {
      if (interrupted()) throw Interrupted("masks: stopped; nothing was written");
      progress.advance(1);
      if (entry.is_normal() || entry.mask.empty()) return;
      ++report.read;
      const bool is_rough = entry.mask_kind == "box" || (entry.mask_kind == "coarse" && !config.coarse);
      if (!entry.category || *entry.category == 0) {
        ++report.without_category;
      } else if (is_rough || entry.mask_area == 0) {
        ++report.skipped;
      } else {
        const auto mask = load_mask(folder / entry.mask);
        if (mask.is_empty())
          ++report.skipped;
        else
          by_category[*entry.category].push_back(describe(entry, mask, config));
      }
    });
  if (by_category.empty())
    throw InputError(folders.empty() ? "no set" : folders.front().string(), ": no usable mask in ",
                     report.read, " abnormal pictures (", report.without_category,
                     " without a category: see `unidg dataset taxonomy SET`)");

  TemplateLibrary library;
  library.config_ = config;
  for (auto& [category, masks] : by_category) {
    cv::Mat rows;
    for (const auto& one : masks)
      rows.push_back(row_of(one.features, config.area_weight, config.aspect_weight));
    const auto affordable =
        std::max<std::int64_t>(1, static_cast<std::int64_t>(masks.size()) / config.masks_a_cluster);
    const auto count = static_cast<int>(std::min(config.clusters, affordable));
    const auto found =
        cluster(rows, count, static_cast<int>(config.iterations), static_cast<std::uint64_t>(config.seed));
    for (std::size_t i = 0; i < masks.size(); ++i) {
      auto& member = masks[i].member;
      member.cluster = found.cluster[i];
      member.is_typical = found.typical[static_cast<std::size_t>(member.cluster)] == i;
      library.members_.push_back(std::move(member));
    }
    report.categories.push_back({category, sets::Taxonomy::standard().name(category), masks.size(),
                                 found.typical.size(),
                                 static_cast<std::int64_t>(found.typical.size()) < config.clusters});
  }
  library.index();
  return library;
}

void TemplateLibrary::index() {
  clusters_.clear();
  for (std::size_t i = 0; i < members_.size(); ++i) {
    auto& list = clusters_[members_[i].category];
    const auto cluster = static_cast<std::size_t>(members_[i].cluster);
    if (list.size() <= cluster) list.resize(cluster + 1);
    list[cluster].push_back(i);
  }
}

void TemplateLibrary::save(const fs::path& folder) const {
  std::string lines;
  for (const auto& member : members_) lines += to_json(member).dump() + "\n";
  write_file_atomic(folder / "templates.jsonl", lines);
  write_file_atomic(folder / "library.json", Json{{"format", "unidg mask templates 1"},
                                                  {"category_map", sets::Taxonomy::standard().version()},
                                                  {"masks", members_.size()},
                                                  {"settings", echo_fields(config_)}}
                                                     .dump(2) +
                                                 "\n");
}

TemplateLibrary TemplateLibrary::load(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::exists(folder / "library.json", ignored))
    throw InputError(folder.string(), ": no library.json; `unidg masks build` makes a library");
  const auto head = parse_json(read_file(folder / "library.json"), (folder / "library.json").string());
  if (!head.is_object() || head.value("format", "") != "unidg mask templates 1")
    throw FormatError((folder / "library.json").string(), ": 'format' is ",
                      head.is_object() && head.contains("format") ? head["format"].dump() : "absent",
                      "; expected \"unidg mask templates 1\"");
  TemplateLibrary library;
  read_fields(library.config_, head.at("settings"), (folder / "library.json").string());
  const auto file = (folder / "templates.jsonl").string();
  std::ifstream in(file);
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    const auto where = text(file, ":", number);
    if (!line.empty()) library.members_.push_back(member_from_json(parse_json(line, where), where));
  }
  if (library.members_.empty()) throw FormatError(file, ": holds no template");
  library.index();
  return library;
}

const std::vector<std::vector<std::size_t>>& TemplateLibrary::clusters(int category) const {
  static const std::vector<std::vector<std::size_t>> none;
  const auto found = clusters_.find(category);
  return found == clusters_.end() ? none : found->second;
}

std::vector<int> TemplateLibrary::categories() const {
  std::vector<int> out;
  for (const auto& [category, list] : clusters_) out.push_back(category);
  return out;
}

}  // namespace unidg::dataset::templates
