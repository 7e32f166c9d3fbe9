#include "unidg/evaluation/report/judged.h"

#include <set>

#include "unidg/core/error.h"
#include "unidg/evaluation/report/fields_of.h"

namespace unidg::evaluation::report {
namespace fs = std::filesystem;
namespace {

/// The field of a verdict and the score it becomes.
constexpr std::pair<const char*, const char*> kCriteria[] = {
    {"RefAd", "refad"}, {"Cons", "cons"}, {"Reas", "reas"}, {"Qual", "qual"}};

std::string joined(const std::set<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

Result read_verdicts(const fs::path& file, Run& run) {
  Result out;
  out.task = "judge";
  Scores sums;
  std::map<std::string, int> counts;
  std::set<std::string> judges;
  int verdicts = 0, without = 0;
  for (const JsonLine& line : read_json_lines(file.string(), run.warnings)) {
    FieldsOf verdict(line.json, line.where);
    const std::string asked = verdict.text("asked"), answered = verdict.text_or("answered", "");
    bool has_scores = false;
    for (const auto& [field, score] : kCriteria)
      if (const auto value = verdict.number(field)) sums[score] += *value, ++counts[score], has_scores = true;
    judges.insert(answered.empty() ? asked : answered);
    ++verdicts, without += has_scores ? 0 : 1;
  }
  for (const auto& [score, sum] : sums) out.scores[score] = sum / counts[score];
  out.notes = {"judged by " + joined(judges)};
  if (without > 0) out.notes.push_back(text(without, " of ", verdicts, " verdicts have no scores"));
  out.n_generated = verdicts;
  return out;
}

}  // namespace

std::vector<Result> read_judged(Run& run) {
  std::vector<Result> out;
  for (const Generator& generator : run.generators)
    for (const Product& product : run.products)
      for (const auto seed : run.seeds) {
        const fs::path file =
            run.folder / "judge" / generator.name / product.name / text("seed-", seed, ".jsonl");
        if (!fs::exists(file)) continue;
        Result result = read_verdicts(file, run);
        result.product = product.name, result.generator = generator.name, result.seed = seed;
        result.cell = text("judge/", product.name, "/", generator.name, "/", seed);
        out.push_back(std::move(result));
      }
  return out;
}

}  // namespace unidg::evaluation::report
