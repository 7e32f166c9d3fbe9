#include <algorithm>

#include "unidg/agents/curate/funnel.h"
#include "unidg/agents/curate/preview.h"
#include "unidg/core/files.h"
#include "unidg/dataset/sets/entry_index.h"
#include "unidg/dataset/sets/html.h"
#include "unidg/dataset/sets/taxonomy.h"

namespace unidg::agents {
namespace fs = std::filesystem;
namespace sets = dataset::sets;
using sets::escape_html;

namespace {

constexpr std::size_t kShown = 12;

/// What is left after each step that took something away, as centred bars.
std::string funnel_picture(const Funnel& funnel) {
  struct Stage {
    std::string name;
    std::size_t left;
  };
  static const std::map<std::string, std::string> words = {{"input", "usable photos"},
                                                           {"inpaint", "with a normal counterpart"},
                                                           {"generate", "painted"},
                                                           {"quality", "change where the mask is"},
                                                           {"caption", "with a sure caption"},
                                                           {"verify", "verified: kept"}};
  std::vector<Stage> stages = {{"items", funnel.items}};
  for (const auto& step : curation_steps())
    if (funnel.dropped_at(step) > 0 || step == "verify")
      stages.push_back({words.at(step), stages.back().left - funnel.dropped_at(step)});

  constexpr int kWidth = 640, kBar = 360, kRow = 40;
  std::string out = text("<svg role=\"img\" aria-label=\"funnel\" style=\"max-width:44rem\" viewBox=\"0 0 ",
                         kWidth, " ", kRow * static_cast<int>(stages.size()), "\">");
  const auto width_of = [&](std::size_t left) {
    return std::max(
        2.0, kBar * static_cast<double>(left) / std::max<double>(1, static_cast<double>(funnel.items)));
  };
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const double width = width_of(stages[i].left), x = (kBar - width) / 2;
    const int y = kRow * static_cast<int>(i);
    if (i + 1 < stages.size()) {  // the slope down to the next bar
      const double next = width_of(stages[i + 1].left), next_x = (kBar - next) / 2;
      out += text("<polygon class=\"bar\" opacity=\".25\" points=\"", x, ",", y + 26, " ", x + width, ",",
                  y + 26, " ", next_x + next, ",", y + kRow, " ", next_x, ",", y + kRow, "\"/>");
    }
    out += text("<rect class=\"bar\" x=\"", x, "\" y=\"", y, "\" width=\"", width, "\" height=\"26\"/>",
                "<text x=\"", kBar + 14, "\" y=\"", y + 18, "\">", stages[i].left, " ", stages[i].name,
                "</text>");
  }
  return out + "</svg>";
}

std::string percent(std::size_t part, std::size_t whole) {
  return whole == 0 ? "" : text((part * 100 + whole / 2) / whole, " %");
}

std::string reasons_table(const Funnel& funnel) {
  std::string out =
      "<table><thead><tr><th>dropped at</th><th>because</th><th class=\"n\">items</th></tr></thead><tbody>";
  for (const auto& step : curation_steps())
    if (const auto found = funnel.dropped.find(step); found != funnel.dropped.end())
      for (const auto& [reason, count] : found->second)
        out += text("<tr><td>", step, "</td><td>", escape_html(reason), "</td><td class=\"n\">", count,
                    "</td></tr>");
  return out + "</tbody></table>";
}

template <typename Key>
std::string shares_table(const std::string& title, const std::map<Key, Funnel::Share>& shares,
                         const std::function<std::string(const Key&)>& name) {
  std::string out =
      text("<table><thead><tr><th>", title,
           "</th><th class=\"n\">items</th><th class=\"n\">kept</th><th></th></tr></thead><tbody>");
  for (const auto& [key, share] : shares)
    out += text("<tr><td>", escape_html(name(key)), "</td><td class=\"n\">", share.items,
                "</td><td class=\"n\">", share.kept, "</td><td class=\"n\">",
                percent(share.kept, share.items), "</td></tr>");
  return out + "</tbody></table>";
}

std::string card(const std::string& jpeg, const std::string& title, const std::string& words) {
  return text(
      "<article class=\"card two\"><div class=\"pics\"><img style=\"aspect-ratio:2\" "
      "src=\"data:image/jpeg;base64,",
      sets::base64(jpeg), "\" alt=\"", escape_html(title), "\"></div><p>", escape_html(title),
      "</p><p class=\"faint\">", escape_html(words), "</p></article>\n");
}

/// Some kept ones, spread evenly, with their captions' summary.
std::string kept_cards(const fs::path& folder, const std::string& half) {
  const sets::EntryIndex index({folder}, [&](const sets::SetEntry& entry) {
    return entry.other.contains("curation") && entry.other["curation"].value("half", "") == half;
  });
  std::string out = "<h2>Kept</h2><div class=\"cards\">";
  const auto count = std::min(kShown, index.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto entry = index.entry(i * index.size() / count);
    std::string words = text("score ", entry.other["curation"].value("score", 0.0));
    const auto caption = parse_json(read_file(folder / entry.caption), (folder / entry.caption).string());
    if (caption.contains("summary") && caption["summary"].is_string())
      words += ". " + caption["summary"].get<std::string>();
    out += card(preview_jpeg(load_image(folder / entry.abnormal), load_mask(folder / entry.mask),
                             load_image(folder / entry.normal), Previews::kSide),
                entry.id, words);
  }
  return out + "</div>";
}

/// The previews of every reason.
std::string dropped_cards(const fs::path& folder, const std::string& half, const Funnel& funnel) {
  std::string out;
  for (const auto& step : curation_steps()) {
    const auto found = funnel.dropped.find(step);
    if (found == funnel.dropped.end()) continue;
    for (const auto& [reason, count] : found->second) {
      const auto place = folder / preview_folder(half, step, reason);
      out += text("<h2>Dropped at ", step, ": ", escape_html(reason), " &middot; ", count, "</h2>");
      std::error_code error;
      std::vector<fs::path> files;
      for (const auto& file : fs::directory_iterator(place, error))
        if (file.path().extension() == ".jpg") files.push_back(file.path());
      std::sort(files.begin(), files.end());
      if (files.size() > kShown) files.resize(kShown);
      out += "<div class=\"cards\">";
      for (const auto& file : files) out += card(read_file(file), file.stem().string(), "");
      out += "</div>";
    }
  }
  return out;
}

}  // namespace

fs::path write_curation_report(const fs::path& folder) {
  const auto funnels = count_funnels(folder);
  const auto& taxonomy = sets::Taxonomy::standard();
  std::size_t items = 0, kept = 0;
  for (const auto& [half, funnel] : funnels) items += funnel.items, kept += funnel.kept;
  auto page = sets::page_head(
      "Curation of " + fs::absolute(folder).lexically_normal().filename().string(),
      text("<div class=\"facts\"><span><b>", items, "</b> items</span><span><b>", kept,
           "</b> quadruplets kept</span></div><p class=\"faint\">Left: the abnormal picture and its mask's "
           "outline. Right: the normal one.</p>"));
  for (const auto& [half, funnel] : funnels) {
    page += text("<section><h2>", half == "real" ? "Real half" : "Synthesised half", "</h2>",
                 funnel_picture(funnel), "<div class=\"plots\">", reasons_table(funnel),
                 shares_table<std::string>("source", funnel.sources, [](const std::string& s) { return s; }),
                 shares_table<int>("category", funnel.categories,
                                   [&](const int& c) { return c < 0 ? "not mapped" : taxonomy.name(c); }),
                 "</div></section>\n");
    page += "<section>" + kept_cards(folder, half) + dropped_cards(folder, half, funnel) + "</section>\n";
  }
  write_file_atomic(folder / "curation_report.json", to_json(funnels).dump(2) + "\n");
  write_file_atomic(folder / "curation.html", page + sets::page_foot());
  return folder / "curation.html";
}

}  // namespace unidg::agents
