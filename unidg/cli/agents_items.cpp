#include "unidg/cli/agents_items.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "unidg/chat/pace.h"
#include "unidg/core/error.h"
#include "unidg/core/log.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/files_of.h"
#include "unidg/preparation/corpus.h"

namespace unidg::cli {
namespace fs = std::filesystem;

namespace {

/// Files of a folder by the name they pair with. A file stands for every name.
class Partners {
 public:
  Partners(const std::string& place, const std::string& extension) {
    if (place.empty()) return;
    if (!fs::exists(place)) throw InputError(place, ": no such file or folder");
    if (!fs::is_directory(place)) {
      single_ = place;
      return;
    }
    if (extension.empty()) {
      for (const auto& file : dataset::pictures_below(place))
        by_key_[dataset::without_mask_suffix(file.key)] = file.path;
      return;
    }
    for (const auto& entry : fs::recursive_directory_iterator(place))
      if (entry.is_regular_file() && entry.path().extension() == extension)
        by_key_[fs::relative(entry.path(), place).replace_extension().generic_string()] = entry.path();
  }
  fs::path of(const std::string& key) const {
    if (!single_.empty()) return single_;
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? fs::path() : found->second;
  }

 private:
  fs::path single_;
  std::map<std::string, fs::path> by_key_;
};

template <typename T>
std::vector<T> spread(const std::vector<T>& all, std::int64_t count) {
  if (count <= 0 || static_cast<std::size_t>(count) >= all.size()) return all;
  std::vector<T> out;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    out.push_back(all[i * all.size() / static_cast<std::size_t>(count)]);
  return out;
}

}  // namespace

void AgentInputs::declare(CLI::App& app, bool with_normal, bool with_captions) {
  with_normal_ = with_normal, with_captions_ = with_captions;
  add(app, "--image", image, "IMG|DIR", "defect photos");
  add(app, "--mask", mask, "PNG|DIR",
      "their masks, white = defect; a folder is paired by name (_mask ignored)");
  if (with_normal) add(app, "--normal", normal, "IMG|DIR", "their normal counterparts, paired by name");
  if (with_captions) add(app, "--captions", captions, "JSON|DIR", "their captions, paired by name");
  add(app, "--corpus", corpus, "DIR",
      "instead of --image and --mask: a folder with manifest.jsonl (docs/formats.md)");
  add(app, "--dataset", dataset, "NAME", "of the corpus: one data set alone");
  add(app, "--object", object, "WORDS", "what the photos show");
  add(app, "--type", type, "WORDS", "the defect's name");
  add(app, "--count", count, "N", "photos, spread evenly over the set (default: all)");
}

std::vector<AgentItem> AgentInputs::items(const std::string& command) const {
  if (corpus.empty() == image.empty())
    throw UsageError("unidg agents ", command, " needs --image with --mask, or --corpus DIR, one of them");
  std::vector<AgentItem> out;
  if (corpus.empty()) {
    require(mask, "--mask", "agents " + command);
    if (with_normal_) require(normal, "--normal", "agents " + command);
    if (with_captions_) require(captions, "--captions", "agents " + command);
    if (!fs::exists(image)) throw InputError(image, ": no such file or folder");
    if (fs::is_directory(image)) {
      for (const auto& file : dataset::pictures_below(image))
        out.push_back({file.key, file.path, {}, {}, {}, object, type});
    } else {
      out.push_back({fs::path(image).stem().string(), image, {}, {}, {}, object, type});
    }
  } else {
    for (const auto& entry : preparation::read_corpus(corpus))
      if (!entry.image.empty() && (dataset.empty() || entry.dataset == dataset))
        out.push_back({entry.id, entry.image, entry.mask, entry.normal, {}, entry.object, entry.defect});
    if (out.empty()) throw InputError(corpus, ": no defect photo of the data set '", dataset, "'");
    for (const auto& item : out)  // ids become file names
      if (const fs::path id = item.id; id.is_absolute() || id.lexically_normal() != id || *id.begin() == "..")
        throw InputError(corpus, ": the id '", item.id, "' cannot be a file name below a folder");
  }
  std::sort(out.begin(), out.end(),
            [](const AgentItem& a, const AgentItem& b) { return dataset::natural_less(a.id, b.id); });

  const Partners masks(mask, ""), normals(normal, ""), texts(captions, ".json");
  std::string lacking;
  std::size_t count_lacking = 0;
  out = spread(out, count);
  for (auto& item : out) {
    if (corpus.empty()) item.mask = masks.of(item.id);
    if (item.normal.empty()) item.normal = normals.of(item.id);
    item.caption = texts.of(item.id);
    if (!item.mask.empty() && (!with_normal_ || !item.normal.empty()) &&
        (!with_captions_ || !item.caption.empty()))
      continue;
    if (++count_lacking <= 3)
      lacking += (lacking.empty() ? "" : ", ") + item.id +
                 (item.mask.empty()                     ? " (no mask)"
                  : item.normal.empty() && with_normal_ ? " (no normal picture)"
                                                        : " (no caption)");
  }
  if (count_lacking > 0)
    throw InputError(count_lacking, " of ", out.size(), " photos lack a partner: ", lacking,
                     ". Files are paired by their path below the folder, without extension.");
  return out;
}

agents::Triplet load_triplet(const AgentItem& item) {
  agents::Triplet out{load_image(item.abnormal),
                      load_mask(item.mask),
                      load_image(item.normal),
                      item.id,
                      item.object,
                      item.type};
  if (out.abnormal.format() != out.normal.format()) {  // a grey scene stored as colour
    out.abnormal = Image(out.abnormal.rgb8());
    out.normal = Image(out.normal.rgb8());
  }
  check_triplet(out);
  return out;
}

Json to_json(const AgentReport& report) {
  Json failures = Json::array();
  for (const auto& [id, reason] : report.failed) failures.push_back({{"id", id}, {"reason", reason}});
  return {{"planned", report.planned},      {"made", report.made},  {"skipped", report.skipped},
          {"failed", report.failed.size()}, {"failures", failures}, {"interrupted", interrupted()}};
}

AgentReport run_items(const std::string& what, const std::vector<AgentItem>& items, int workers,
                      const std::function<bool(const AgentItem&)>& work) {
  AgentReport report;
  report.planned = items.size();
  Progress progress(what, static_cast<std::int64_t>(items.size()));
  std::mutex mutex;
  chat::for_each_concurrently(items.size(), workers, [&](std::size_t i) {
    if (interrupted()) return;
    std::string reason;
    bool is_made = false;
    try {
      is_made = work(items[i]);
    } catch (const InputError& error) {
      reason = error.what();
    }
    const std::lock_guard lock(mutex);
    if (!reason.empty())
      report.failed.emplace_back(items[i].id, reason);
    else
      ++(is_made ? report.made : report.skipped);
    progress.advance(1, reason.empty() ? "" : "failed: " + items[i].id);
  });
  std::sort(report.failed.begin(), report.failed.end());
  return report;
}

Exit finish_items(const AgentReport& report, Json result, const std::string& plain, const Console& console) {
  constexpr std::size_t kNamed = 3;
  for (std::size_t i = 0; i < std::min(kNamed, report.failed.size()); ++i)
    log_warning(report.failed[i].first, ": ", report.failed[i].second);
  if (report.failed.size() > kNamed) log_warning("and ", report.failed.size() - kNamed, " more");
  log_info(report.made, " done, ", report.skipped, " were done already, ", report.failed.size(), " failed");
  result.update(to_json(report));
  console.result(result, plain);
  if (interrupted()) {
    log_warning("interrupted; the same command goes on from here");
    return Exit::Interrupted;
  }
  if (report.failed.empty()) return Exit::Ok;
  if (report.made + report.skipped == 0) throw InputError(report.failed.front().second);
  return Exit::Partial;
}

fs::path result_path(const std::string& folder, const AgentItem& item, const std::string& extension) {
  return fs::path(folder) / (item.id + extension);
}

}  // namespace unidg::cli
