#include "unidg/dataset/sets/stats.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <mutex>
#include <opencv2/imgproc.hpp>
#include <sstream>

#include "unidg/core/log.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/sets/parallel.h"

namespace unidg::dataset::sets {
namespace {

constexpr std::size_t kStatsBatch = 256;

std::string known(const std::string& words) { return words.empty() ? "not known" : words; }

/// Share of the mask in each cell of the grid.
cv::Mat places_of(const Mask& mask) {
  cv::Mat cells, floating;
  mask.pixels().convertTo(floating, CV_32F);
  cv::resize(floating, cells, {CategoryStats::kGrid, CategoryStats::kGrid}, 0, 0, cv::INTER_AREA);
  const double sum = cv::sum(cells)[0];
  return sum > 0 ? cv::Mat(cells / sum) : cells;
}

void count(SetStats& out, const SetEntry& entry) {
  ++out.entries, ++(entry.is_normal() ? out.normal : out.abnormal);
  out.with_counterpart += !entry.is_normal() && !entry.normal.empty();
  out.with_caption += !entry.caption.empty();
  ++out.sources[known(entry.source)], ++out.objects[known(entry.object)], ++out.splits[known(entry.split)];
  ++out.licences[known(entry.licence)], ++out.domains[known(entry.domain)], ++out.origins[entry.origin];
  ++out.sizes[text(entry.width, " x ", entry.height)];
  if (entry.is_normal()) return;
  ++out.mask_kinds[entry.mask_kind];
  auto& category = out.categories[entry.category.value_or(-1)];
  ++category.count, ++category.types[entry.source + "/" + entry.type];
  const double share =
      static_cast<double>(entry.mask_area) / std::max(1.0, static_cast<double>(entry.width) * entry.height);
  const int bin =
      share > 0 ? static_cast<int>(std::floor(-std::log2(std::min(share, 1.0)))) : CategoryStats::kBins - 1;
  ++category.areas[static_cast<std::size_t>(std::clamp(bin, 0, CategoryStats::kBins - 1))];
}

}  // namespace

double CategoryStats::area_quantile(double part) const {
  const double wanted = part * static_cast<double>(count);
  double below = 0;
  for (int bin = kBins - 1; bin >= 0; --bin) {  // from small areas to large ones
    const auto here = static_cast<double>(areas[static_cast<std::size_t>(bin)]);
    if (here > 0 && below + here >= wanted) return std::exp2(-(bin + 1) + (wanted - below) / here);
    below += here;
  }
  return 1;
}

SetStats measure_set(const std::filesystem::path& set, int threads) {
  SetStats out;
  Progress progress("stats", static_cast<std::int64_t>(count_entries(set)));
  std::vector<SetEntry> batch;
  std::size_t unreadable = 0;
  std::mutex lock;
  const auto flush = [&] {
    std::vector<cv::Mat> places(batch.size());
    parallel(batch.size(), threads, [&](std::size_t i) {
      if (batch[i].is_normal()) return;
      try {
        places[i] = places_of(unidg::load_mask(set / batch[i].mask));
      } catch (const InputError&) {
        const std::lock_guard guard(lock);
        ++unreadable;
      }
    });
    for (std::size_t i = 0; i < batch.size(); ++i) {
      count(out, batch[i]);
      if (places[i].empty()) continue;
      auto& sum = out.categories[batch[i].category.value_or(-1)].places;
      for (std::size_t cell = 0; cell < sum.size(); ++cell)
        sum[cell] += places[i].at<float>(static_cast<int>(cell));
    }
    progress.advance(static_cast<std::int64_t>(batch.size()));
    batch.clear();
    if (interrupted()) throw Interrupted("stats stopped");
  };
  each_entry(set, [&](SetEntry entry) {
    batch.push_back(std::move(entry));
    if (batch.size() == kStatsBatch) flush();
  });
  flush();
  if (unreadable > 0)
    log_warning(unreadable,
                " masks cannot be read and have no position; `unidg dataset validate` names them");
  return out;
}

Json to_json(const SetStats& stats, const Taxonomy& taxonomy) {
  Json out = {{"entries", stats.entries},
              {"abnormal", stats.abnormal},
              {"normal", stats.normal},
              {"with_counterpart", stats.with_counterpart},
              {"with_caption", stats.with_caption}};
  const auto add = [&](const char* name, const std::map<std::string, std::size_t>& counts) {
    out[name] = Json::object();
    for (const auto& [key, value] : counts) out[name][key] = value;
  };
  add("sources", stats.sources), add("objects", stats.objects), add("splits", stats.splits);
  add("licences", stats.licences), add("domains", stats.domains), add("origins", stats.origins);
  add("mask_kinds", stats.mask_kinds), add("sizes", stats.sizes);
  out["categories"] = Json::array();
  for (const auto& [number, one] : stats.categories) {
    Json types = Json::object();
    for (const auto& [type, n] : one.types) types[type] = n;
    out["categories"].push_back({{"category", number < 0 ? Json(nullptr) : Json(number)},
                                 {"name", number < 0 ? "not mapped" : taxonomy.name(number)},
                                 {"count", one.count},
                                 {"area_share",
                                  {{"p10", one.area_quantile(0.1)},
                                   {"p50", one.area_quantile(0.5)},
                                   {"p90", one.area_quantile(0.9)}}},
                                 {"types", types}});
  }
  return out;
}

std::string to_text(const SetStats& stats, const Taxonomy& taxonomy) {
  std::ostringstream out;
  out << stats.entries << " entries: " << stats.abnormal << " abnormal (" << stats.with_counterpart
      << " with an aligned normal counterpart), " << stats.normal << " normal\n";
  const auto list = [&](const char* name, const std::map<std::string, std::size_t>& counts) {
    out << name << ":";
    for (const auto& [key, value] : counts) out << "  " << key << " " << value;
    out << "\n";
  };
  list("sources", stats.sources), list("splits", stats.splits), list("licences", stats.licences);
  out << std::left << std::setw(22) << "category" << std::right << std::setw(7) << "count"
      << "   area %: 10th  median    90th  types\n";
  for (const auto& [number, one] : stats.categories) {
    out << std::left << std::setw(22)
        << (number < 0 ? std::string("not mapped") : text(number, " ", taxonomy.name(number))) << std::right
        << std::setw(7) << one.count << std::fixed << std::setprecision(2);
    int width = 15;
    for (const double part : {0.1, 0.5, 0.9})
      out << std::setw(width) << 100 * one.area_quantile(part), width = 8;
    out << "  ";
    std::size_t shown = 0;
    for (const auto& [type, n] : one.types) {
      if (++shown > 4) {
        out << ", +" << one.types.size() - 4;
        break;
      }
      out << (shown > 1 ? ", " : "") << type << " " << n;
    }
    out << "\n";
  }
  auto words = out.str();
  words.pop_back();
  return words;
}

}  // namespace unidg::dataset::sets
