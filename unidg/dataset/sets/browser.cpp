#include "unidg/core/files.h"
#include "unidg/dataset/sets/browser_page.h"
#include "unidg/dataset/sets/edit.h"
#include "unidg/dataset/sets/html.h"
#include "unidg/dataset/sets/taxonomy.h"

namespace unidg::dataset::sets {
namespace {

constexpr std::size_t kChunk = 2000;  // entries in one data file

/// What the page needs of an entry, in the order that its script knows.
Json row(const SetEntry& entry, const Taxonomy& taxonomy) {
  const auto category = entry.category ? taxonomy.name(*entry.category) : "not mapped";
  const double share =
      entry.width > 0 ? static_cast<double>(entry.mask_area) / entry.width / std::max(1, entry.height) : 0;
  return {entry.id,     entry.abnormal, entry.mask, entry.normal, entry.width,  entry.height, entry.source,
          entry.object, entry.type,     category,   entry.split,  entry.origin, entry.part,   share};
}

/// JSON that may stand inside a <script>.
std::string for_script(const Json& json) {
  std::string out;
  for (const char c : json.dump()) out += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return out;
}

}  // namespace

std::filesystem::path write_browser(const std::filesystem::path& set) {
  const auto to = set / "browse";
  const auto name = std::filesystem::absolute(set).lexically_normal().filename().string();
  std::size_t files = 0;
  Json chunk = Json::array();
  const auto flush = [&] {
    write_file_atomic(to / text("data-", files++, ".js"), "add(" + for_script(chunk) + ");\n");
    chunk = Json::array();
  };
  each_entry(set, [&](const SetEntry& entry) {
    chunk.push_back(row(entry, Taxonomy::standard()));
    if (chunk.size() == kChunk) flush();
  });
  if (!chunk.empty() || files == 0) flush();
  std::string scripts;
  for (std::size_t i = 0; i < files; ++i) scripts += text("<script src=\"data-", i, ".js\"></script>\n");
  write_file_atomic(
      to / "index.html",
      text("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
           "content=\"width=device-width,initial-scale=1\"><meta http-equiv=\"Content-Security-Policy\" "
           "content=\"default-src "
           "'none'; img-src 'self' file: data:; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'self' "
           "file:\"><title>",
           escape_html(name), "</title><style>", kBrowserStyle, "</style></head><body data-set=\"",
           escape_html(name), "\">\n", kBrowserBody, "<script>", kBrowserScript, "</script>\n", scripts,
           "<script>start();</script></body></html>\n"));
  return to / "index.html";
}

}  // namespace unidg::dataset::sets
