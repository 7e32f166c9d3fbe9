#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "unidg/core/config.h"

namespace unidg::dataset::sets {

/// The 28 categories (App. A.2) and our versioned map from the words of sources to them. The paper does not
/// print its map of 269 types: ours is the file taxonomy.json, and every entry stores its version
/// (choices.md 86).
class Taxonomy {
 public:
  static const Taxonomy& standard();
  /// A map of one's own in the same format. @throws FormatError naming the field
  static Taxonomy load(const std::filesystem::path& file);
  static Taxonomy from_json(const Json& json, const std::string& where);

  const std::string& version() const { return version_; }
  /// Names in the paper's order: category i is `categories()[i - 1]`, 1 to 28.
  const std::vector<std::string>& categories() const { return categories_; }
  /// 0: "normal".
  const std::string& name(int category) const;

  struct Answer {
    std::optional<int> category;  ///< 1 ... 28, 0 for "good", nothing where the map does not decide
    std::string why;              ///< the override or rule that decided, or what stood against it
  };
  /// Overrides first, then the phrase of most words among the rules that stands in the type as whole words.
  /// Phrases of equally many words but of two categories decide nothing. Types joined by '+' are combined (2)
  /// unless they agree.
  Answer category(const std::string& source, const std::string& object, const std::string& type) const;

  struct Rule {
    std::string phrase;
    int category = 0;
  };
  const std::vector<Rule>& rules() const { return rules_; }

 private:
  struct Override {
    std::string source, object, type;
    int category = 0;
  };
  Answer one(const std::string& source, const std::string& object, const std::string& type) const;
  int number(const std::string& category, const std::string& where) const;

  std::string version_;
  std::vector<std::string> categories_;
  std::vector<Rule> rules_;
  std::vector<Override> overrides_;
};

/// Lower case, words parted by one blank: "Bent_Lead-2" -> "bent lead 2".
std::string plain_words(const std::string& type);

}  // namespace unidg::dataset::sets
