#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace unidg::agents {

/// A class of an ordered quantity: from, to.
struct Interval {
  double low = 0, high = 0;
};

/// The intervals of the words that the captions of Fig. 9 use, and of their common synonyms; nothing for
/// other words. Areas are shares of the image, widths shares of its shorter side, contrast in levels of 255.
std::optional<Interval> size_words(const std::string& said);
std::optional<Interval> width_words(const std::string& said);
std::optional<Interval> contrast_words(const std::string& said);
/// In units of area share x contrast / 60.
std::optional<Interval> severity_words(const std::string& said);

/// Lower case, '-' and '_' as spaces, single spaces.
std::string plain_words(const std::string& said);
bool has_word(const std::string& plain, const std::string& word);
bool has_any(const std::string& plain, const std::vector<std::string>& words);

/// How a value fits a class: 1 inside the interval widened by the factor `close`, 0.5 by `near`, else 0.
/// @param low, high what was measured, a range
double fit(const Interval& said, double low, double high, double close, double near);

/// Share of a picture's pixels whose hue and lightness go by a name. @param h, s, v as OpenCV's 8-bit HSV
bool goes_by(const std::string& name, int h, int s, int v);
/// Colour names in a text, those known to goes_by.
std::vector<std::string> colours_in(const std::string& said);

}  // namespace unidg::agents
