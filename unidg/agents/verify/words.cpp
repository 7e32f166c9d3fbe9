#include "unidg/agents/verify/words.h"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace unidg::agents {
namespace {

using Table = std::vector<std::pair<std::vector<std::string>, Interval>>;

std::optional<Interval> find(const Table& table, const std::string& said) {
  const auto plain = plain_words(said);
  for (const auto& [words, interval] : table)
    if (has_any(plain, words)) return interval;
  return std::nullopt;
}

constexpr double kAny = 1e9;

/// Names that lie beside each other; a name covers its own and these.
struct Hue {
  const char* name;
  int low, high;  ///< OpenCV hue, 0 .. 179; low > high goes round
  int least_s, least_v, most_v;
};
constexpr Hue kHues[] = {
    {"red", 165, 12, 60, 30, 255},   {"orange", 3, 26, 90, 110, 255}, {"brown", 168, 30, 22, 20, 215},
    {"beige", 3, 34, 10, 120, 255},  {"yellow", 17, 38, 60, 90, 255}, {"green", 28, 92, 30, 20, 255},
    {"cyan", 80, 105, 40, 60, 255},  {"blue", 92, 132, 35, 25, 255},  {"purple", 122, 165, 30, 30, 255},
    {"pink", 150, 12, 25, 110, 255},
};

/// "reddish", "bluish": a word in -ish that begins like the colour.
bool has_tinge(const std::string& plain, const std::string& colour) {
  std::istringstream words(plain);
  for (std::string word; words >> word;)
    if (word.ends_with("ish") && word.starts_with(colour.substr(0, 3))) return true;
  return false;
}

}  // namespace

std::string plain_words(const std::string& said) {
  std::string out;
  for (const char c : said) {
    const bool is_space =
        c == '-' || c == '_' || std::isspace(static_cast<unsigned char>(c)) || c == ',' || c == '/';
    if (is_space) {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else {
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  while (!out.empty() && (out.back() == ' ' || out.back() == '.')) out.pop_back();
  return out;
}

bool has_word(const std::string& plain, const std::string& word) {
  return (" " + plain + " ").find(" " + word + " ") != std::string::npos;
}

bool has_any(const std::string& plain, const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return has_word(plain, word); });
}

std::optional<Interval> size_words(const std::string& said) {
  static const Table table = {{{"tiny", "very small", "minute"}, {0, 0.002}},
                              {{"small", "little"}, {0, 0.005}},
                              {{"medium", "moderate", "mid sized"}, {0.005, 0.05}},
                              {{"large", "big", "extensive", "huge"}, {0.05, 1}}};
  return find(table, said);
}

std::optional<Interval> width_words(const std::string& said) {
  static const Table table = {{{"thin", "narrow", "fine", "hairline"}, {0, 0.015}},
                              {{"medium", "moderate"}, {0.015, 0.06}},
                              {{"thick", "wide", "broad"}, {0.06, 2}}};
  return find(table, said);
}

std::optional<Interval> contrast_words(const std::string& said) {
  static const Table table = {{{"low", "subtle", "faint", "weak"}, {0, 24}},
                              {{"medium", "moderate"}, {20, 70}},
                              {{"high", "strong", "distinct", "sharp"}, {50, 255}}};
  return find(table, said);
}

std::optional<Interval> severity_words(const std::string& said) {
  static const Table table = {{{"tiny", "negligible", "slight"}, {0, 0.001}},
                              {{"minor", "moderate", "medium"}, {0.001, 0.02}},
                              {{"major", "severe", "serious", "critical"}, {0.02, kAny}}};
  return find(table, said);
}

double fit(const Interval& said, double low, double high, double close, double near) {
  const auto within = [&](double factor) { return high >= said.low / factor && low <= said.high * factor; };
  return within(close) ? 1 : within(near) ? 0.5 : 0;
}

bool goes_by(const std::string& name, int h, int s, int v) {
  if (name == "black") return v < 65;
  if (name == "dark gray") return s < 70 && v < 125;
  if (name == "gray") return s < 60 && v >= 60 && v < 190;
  if (name == "light gray") return s < 50 && v >= 130 && v < 250;
  if (name == "white") return s < 45 && v >= 195;
  for (const auto& hue : kHues)
    if (name == hue.name) {
      const bool is_inside =
          hue.low <= hue.high ? h >= hue.low && h <= hue.high : h >= hue.low || h <= hue.high;
      return is_inside && s >= hue.least_s && v >= hue.least_v && v <= hue.most_v;
    }
  return false;
}

std::vector<std::string> colours_in(const std::string& said) {
  auto plain = plain_words(said);
  for (std::size_t at; (at = plain.find("grey")) != std::string::npos;) plain.replace(at, 4, "gray");
  for (const char* shade : {"dark", "light"})
    if (has_word(plain, std::string(shade) + " gray")) return {std::string(shade) + " gray"};
  std::vector<std::string> out;
  for (const char* name : {"black", "gray", "white"})
    if (has_word(plain, name)) out.emplace_back(name);
  for (const auto& hue : kHues)
    if (has_word(plain, hue.name) || has_tinge(plain, hue.name)) out.emplace_back(hue.name);
  return out;
}

}  // namespace unidg::agents
