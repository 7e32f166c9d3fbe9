#include "unidg/dataset/sets/taxonomy.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "unidg/core/files.h"
#include "unidg/core/names.h"

namespace unidg::dataset::sets {

extern const char* const kTaxonomyJson;  // taxonomy.json

namespace {

constexpr std::size_t kCategories = 28;

std::string word_of(const Json& object, const char* key, const std::string& where, bool is_required = true) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (found == object.end() || !found->is_string()) {
    if (!is_required && found == object.end()) return "";
    throw FormatError(where, ": field '", key, "' is missing or not a string");
  }
  return found->get<std::string>();
}

const Json& list_of(const Json& object, const char* key, const std::string& where) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (found == object.end() || !found->is_array())
    throw FormatError(where, ": field '", key, "' is missing or not a list");
  return *found;
}

}  // namespace

std::string plain_words(const std::string& type) {
  std::string out;
  for (const unsigned char c : type) {
    const bool is_word = std::isalnum(c) || c >= 128;
    if (is_word)
      out += static_cast<char>(std::tolower(c));
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

int Taxonomy::number(const std::string& category, const std::string& where) const {
  const auto found = std::find(categories_.begin(), categories_.end(), category);
  if (found == categories_.end()) {
    const auto near = closest(category, categories_);
    throw FormatError(where, ": '", category, "' is none of the categories",
                      near.empty() ? "" : ", did you mean '" + near + "'");
  }
  return static_cast<int>(found - categories_.begin()) + 1;
}

Taxonomy Taxonomy::from_json(const Json& json, const std::string& where) {
  Taxonomy out;
  out.version_ = word_of(json, "version", where);
  for (const auto& name : list_of(json, "categories", where))
    out.categories_.push_back(name.is_string() ? name.get<std::string>() : "");
  if (out.categories_.size() != kCategories)
    throw FormatError(where, ": ", out.categories_.size(), " categories, expected the paper's ", kCategories);
  std::map<std::string, int> seen;
  for (const auto& rule : list_of(json, "rules", where)) {
    const int category = out.number(word_of(rule, "category", where), where);
    for (const auto& word : list_of(rule, "words", where)) {
      const auto phrase = plain_words(word.is_string() ? word.get<std::string>() : "");
      const auto [found, is_new] = seen.try_emplace(phrase, category);
      if (phrase.empty() || (!is_new && found->second != category))
        throw FormatError(where, ": the phrase '", phrase, "' is empty or stands in two categories");
      out.rules_.push_back({phrase, category});
    }
  }
  for (const auto& line : list_of(json, "overrides", where))
    out.overrides_.push_back({word_of(line, "source", where, false), word_of(line, "object", where, false),
                              plain_words(word_of(line, "type", where)),
                              out.number(word_of(line, "category", where), where)});
  return out;
}

const Taxonomy& Taxonomy::standard() {
  static const Taxonomy taxonomy = from_json(parse_json(kTaxonomyJson, "taxonomy.json"), "taxonomy.json");
  return taxonomy;
}

Taxonomy Taxonomy::load(const std::filesystem::path& file) {
  return from_json(parse_json(read_file(file), file.string()), file.string());
}

const std::string& Taxonomy::name(int category) const {
  static const std::string normal = "normal";
  return category == 0 ? normal : categories_.at(static_cast<std::size_t>(category) - 1);
}

Taxonomy::Answer Taxonomy::one(const std::string& source, const std::string& object,
                               const std::string& type) const {
  const auto words = plain_words(type);
  for (const auto& line : overrides_)
    if (line.type == words && (line.source.empty() || line.source == source) &&
        (line.object.empty() || line.object == object))
      return {line.category, "override of '" + type + "'"};
  const auto padded = " " + words + " ";
  std::size_t longest = 0;
  std::set<int> found;
  std::string phrases;
  for (const auto& rule : rules_) {
    const auto words_in =
        static_cast<std::size_t>(std::count(rule.phrase.begin(), rule.phrase.end(), ' ')) + 1;
    if (words_in < longest || padded.find(" " + rule.phrase + " ") == std::string::npos) continue;
    if (words_in > longest) found.clear(), phrases.clear(), longest = words_in;
    found.insert(rule.category);
    phrases += (phrases.empty() ? "'" : ", '") + rule.phrase + "'";
  }
  if (found.size() == 1) return {*found.begin(), "rule " + phrases};
  if (found.empty()) return {std::nullopt, "no rule knows it"};
  return {std::nullopt, "rules contradict each other: " + phrases};
}

Taxonomy::Answer Taxonomy::category(const std::string& source, const std::string& object,
                                    const std::string& type) const {
  if (type == "good") return {0, "normal"};
  std::set<int> all;
  Answer last;
  for (std::size_t at = 0; at <= type.size();) {
    const auto end = std::min(type.find('+', at), type.size());
    last = one(source, object, type.substr(at, end - at));
    if (!last.category) return {std::nullopt, "'" + type.substr(at, end - at) + "': " + last.why};
    all.insert(*last.category);
    at = end + 1;
  }
  return all.size() == 1 ? last : Answer{number("combined", "taxonomy"), "several kinds"};
}

}  // namespace unidg::dataset::sets
