#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>

#include "unidg/core/files.h"
#include "unidg/dataset/sets/html.h"
#include "unidg/dataset/sets/stats.h"

namespace unidg::dataset::sets {
namespace {

std::string percent(double share) {
  std::ostringstream out;
  out << std::fixed
      << std::setprecision(share >= 0.1     ? 0
                           : share >= 0.01  ? 1
                           : share >= 0.001 ? 2
                                            : 3)
      << 100 * share << " %";
  return out.str();
}

/// The largest counts first; the tail as one bar.
std::string counted(const std::string& title, const std::map<std::string, std::size_t>& counts,
                    std::size_t most = 14) {
  std::vector<std::pair<std::string, std::size_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<Bar> rows;
  std::size_t rest = 0, others = 0;
  for (const auto& [name, count] : sorted) {
    if (rows.size() < most)
      rows.push_back({name, static_cast<double>(count), std::to_string(count)});
    else
      rest += count, ++others;
  }
  if (others > 0) rows.push_back({text(others, " others"), static_cast<double>(rest), std::to_string(rest)});
  return bars(title, rows);
}

/// Shares of areas in steps of a factor of four, the smallest first.
std::string areas(const CategoryStats& one) {
  constexpr const char* kNames[] = {"25 to 100 %",  "6 to 25 %",    "1.6 to 6 %",
                                    "0.4 to 1.6 %", "0.1 to 0.4 %", "below 0.1 %"};
  std::array<std::size_t, 6> sums{};
  for (std::size_t bin = 0; bin < one.areas.size(); ++bin)
    sums[std::min<std::size_t>(bin / 2, 5)] += one.areas[bin];
  std::vector<Bar> rows;
  for (int i = 5; i >= 0; --i)
    rows.push_back({kNames[i], static_cast<double>(sums[static_cast<std::size_t>(i)]),
                    std::to_string(sums[static_cast<std::size_t>(i)])});
  return bars("area of the mask", rows);
}

/// Where masks lie, darkest where most.
std::string places(const CategoryStats& one) {
  constexpr int kCell = 11, kTop = 26;
  const double most = std::max(1e-12, *std::max_element(one.places.begin(), one.places.end()));
  constexpr int kSide = kCell * CategoryStats::kGrid;
  std::string out =
      text("<svg role=\"img\" aria-label=\"where the masks lie\" viewBox=\"0 0 420 ", kTop + kSide + 4,
           "\"><text x=\"0\" y=\"14\">where the masks lie</text><rect x=\"0\" y=\"", kTop, "\" width=\"",
           kSide, "\" height=\"", kSide, "\" fill=\"var(--soft)\"/>");
  for (int y = 0; y < CategoryStats::kGrid; ++y)
    for (int x = 0; x < CategoryStats::kGrid; ++x) {
      const double share = one.places[static_cast<std::size_t>(y * CategoryStats::kGrid + x)] / most;
      if (share < 0.02) continue;
      out += text("<rect class=\"bar\" x=\"", x * kCell, "\" y=\"", kTop + y * kCell, "\" width=\"", kCell,
                  "\" height=\"", kCell, "\" opacity=\"", std::round(share * 100) / 100, "\"/>");
    }
  return out + "</svg>";
}

}  // namespace

std::filesystem::path write_stats(const SetStats& stats, const Taxonomy& taxonomy, const std::string& title,
                                  const std::filesystem::path& to) {
  const auto fact = [](std::size_t value, const char* words) {
    return text("<span><b>", value, "</b> ", words, "</span>");
  };
  auto page =
      page_head("Contents of " + title, "<div class=\"facts\">" + fact(stats.entries, "entries") +
                                            fact(stats.abnormal, "abnormal") + fact(stats.normal, "normal") +
                                            fact(stats.with_counterpart, "with an aligned counterpart") +
                                            fact(stats.with_caption, "with a caption") + "</div>");
  std::vector<std::pair<int, const CategoryStats*>> sorted;
  for (const auto& [number, one] : stats.categories) sorted.emplace_back(number, &one);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second->count > b.second->count; });
  const auto name = [&](int number) {
    return number < 0 ? std::string("not mapped") : taxonomy.name(number);
  };

  std::vector<Bar> categories;
  for (const auto& [number, one] : sorted)
    categories.push_back({name(number), static_cast<double>(one->count), std::to_string(one->count)});
  page += "<section><h2>Counts</h2><div class=\"plots\">" + bars("category (App. A.2)", categories) +
          counted("source", stats.sources) + counted("object", stats.objects) +
          counted("split", stats.splits) + counted("licence", stats.licences) +
          counted("domain", stats.domains) + counted("origin", stats.origins) +
          counted("mask kind", stats.mask_kinds) + counted("size in pixels", stats.sizes, 8) +
          "</div></section>\n";

  page +=
      "<section><h2>Areas</h2><div class=\"scroll\"><table><thead><tr><th>category</th><th "
      "class=\"n\">pictures</th><th class=\"n\">10th "
      "percentile</th><th class=\"n\">median</th><th class=\"n\">90th "
      "percentile</th><th>types</th></tr></thead><tbody>";
  for (const auto& [number, one] : sorted) {
    std::string types;
    for (const auto& [type, n] : one->types)
      types += text(types.empty() ? "" : ", ", escape_html(type), " ", n);
    page += text("<tr><td>", escape_html(name(number)), "</td><td class=\"n\">", one->count,
                 "</td><td class=\"n\">", percent(one->area_quantile(0.1)), "</td><td class=\"n\">",
                 percent(one->area_quantile(0.5)), "</td><td class=\"n\">", percent(one->area_quantile(0.9)),
                 "</td><td class=\"faint\">", types, "</td></tr>");
  }
  page += "</tbody></table></div></section>\n";
  for (const auto& [number, one] : sorted)
    page += "<section><h2>" + escape_html(name(number)) + "</h2><div class=\"plots\">" + places(*one) +
            areas(*one) + "</div></section>\n";
  write_file_atomic(to / "stats.json", to_json(stats, taxonomy).dump(2) + "\n");
  write_file_atomic(to / "stats.html", page + page_foot());
  return to / "stats.html";
}

}  // namespace unidg::dataset::sets
