#include <algorithm>

#include "unidg/core/files.h"
#include "unidg/dataset/sets/check.h"
#include "unidg/dataset/sets/html.h"

namespace unidg::dataset::sets {
namespace {

constexpr std::size_t kShown = 24;  // findings of a kind with pictures on the page
constexpr int kSide = 220;

/// <img> of a file of the set with its mask's outline; a note where it cannot be shown.
std::string picture(const std::filesystem::path& set, const std::string& file, const std::string& mask,
                    const std::string& alt) {
  if (file.empty()) return "";
  try {
    const auto image = load_image(set / file);
    Mask outline;
    try {
      if (!mask.empty()) outline = unidg::load_mask(set / mask);
    } catch (const InputError&) {  // the finding says what is wrong with it
    }
    return text("<img src=\"", thumbnail(image, outline, kSide), "\" alt=\"", escape_html(alt), "\">");
  } catch (const InputError&) {
    return "<p class=\"faint\">cannot be shown</p>";
  }
}

/// Words between backquotes as <code>.
std::string with_code(const std::string& words) {
  std::string out;
  bool is_code = false;
  for (const char c : escape_html(words)) {
    if (c == '`')
      out += (is_code = !is_code) ? "<code>" : "</code>";
    else
      out += c;
  }
  return out;
}

std::string card(const std::filesystem::path& set, const Finding& found) {
  const bool is_pair = !found.other.empty();
  std::string out = text("<article class=\"card", is_pair ? " two" : "", "\"><div class=\"pics\">",
                         picture(set, found.picture, found.mask, found.id));
  if (is_pair) out += picture(set, found.other_picture, "", found.other);
  out += text("</div><p>", escape_html(found.id), "</p>");
  if (is_pair) out += text("<p>", escape_html(found.other), "</p>");
  return out + text("<p class=\"faint\">", escape_html(found.about), "</p></article>\n");
}

std::string section(const std::filesystem::path& set, const std::string& kind, const FindingGroup& group) {
  std::string out =
      text("<section><h2><span class=\"", group.is_error ? "bad" : "odd", "\">",
           group.is_error ? "Error" : "Worth a look", ":</span> ", escape_html(kind), " &middot; ",
           group.count, "</h2><p>", with_code(group.advice), "</p><div class=\"cards\">");
  const auto shown = std::min(kShown, group.first.size());
  for (std::size_t i = 0; i < shown; ++i) out += card(set, group.first[i]);
  out += "</div>";
  if (group.count > shown)
    out += text("<p class=\"faint\">The first ", shown, " of ", group.count, "; report.json names ",
                group.first.size() == group.count ? "all of them" : text("the first ", group.first.size()),
                ".</p>");
  return out + "</section>\n";
}

}  // namespace

std::filesystem::path write_check_report(const CheckReport& report, const std::filesystem::path& set,
                                         const std::filesystem::path& to) {
  const auto fact = [](std::size_t value, const std::string& words, const char* kind) {
    return text("<span><b class=\"", value > 0 ? kind : "", "\">", value, "</b> ", words, "</span>");
  };
  auto page = page_head("Check of " + std::filesystem::absolute(set).lexically_normal().filename().string(),
                        "<div class=\"facts\">" + fact(report.entries, "entries", "") +
                            fact(report.errors, "errors", "bad") +
                            fact(report.warnings, "worth a look", "odd") + "</div>");
  if (report.groups.empty()) page += "<p>Nothing was found.</p>";
  for (const bool errors : {true, false})
    for (const auto& [kind, group] : report.groups)
      if (group.is_error == errors) page += section(set, kind, group);
  write_file_atomic(to / "report.json", to_json(report).dump(2) + "\n");
  write_file_atomic(to / "report.html", page + page_foot());
  return to / "report.html";
}

}  // namespace unidg::dataset::sets
