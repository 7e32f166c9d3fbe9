#include <filesystem>
#include <iomanip>
#include <sstream>

#include "unidg/chat/open_ai.h"
#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"
#include "unidg/core/log.h"
#include "unidg/core/progress.h"
#include "unidg/evaluation/judge/agreement.h"

namespace unidg::cli {
namespace {

/// Settings of the questions and of the server.
struct JudgeSettings {
  evaluation::JudgeConfig judge;
  chat::ChatConfig chat;
};
void fields(FieldVisitor& visit, JudgeSettings& s) {
  visit.group("judge", s.judge);
  visit.group("chat", s.chat);
}

struct EvaluateJudgeOptions {
  std::string generated, pairs, cache, out;
  std::vector<std::string> models, base_urls, key_variables;
  std::int64_t count = 0;
  ConfigFlags config;

  JudgeSettings resolve() const {
    std::vector<std::pair<std::string, Json>> flags;
    if (!cache.empty()) flags.emplace_back("chat.cache", cache);
    if (count > 0) flags.emplace_back("judge.count", count);
    auto settings = config.resolve(JudgeSettings{}, flags);
    settings.judge.concurrency = settings.chat.concurrency;
    return settings;
  }
};

/// The value for judge `i` of an option given once for all judges or once for each.
std::string of_judge(const std::vector<std::string>& values, std::size_t i, const std::string& fallback) {
  if (values.empty()) return fallback;
  return values.size() == 1 ? values.front() : values.at(i);
}

struct Judged {
  std::vector<evaluation::Verdict> verdicts;
  evaluation::JudgeSummary summary;
  chat::Totals totals;
};

Judged ask(const EvaluateJudgeOptions& options, std::size_t i,
           const std::vector<evaluation::EditedPair>& pairs, JudgeSettings settings) {
  const auto& name = settings.chat.model = options.models[i];
  settings.chat.base_url = of_judge(options.base_urls, i, settings.chat.base_url);
  settings.chat.key_variable = of_judge(options.key_variables, i, settings.chat.key_variable);
  chat::OpenAiChat model(settings.chat);
  Progress progress(name, static_cast<std::int64_t>(pairs.size()));
  Judged judged;
  judged.verdicts = evaluation::judge(model, pairs, settings.judge, [&](const evaluation::Verdict& verdict) {
    if (!options.out.empty()) append_line(options.out, to_json(verdict).dump());
    progress.advance(1, verdict.problem.empty() ? "" : "missing: " + verdict.pair);
  });
  judged.summary = evaluation::summarise(judged.verdicts);
  for (const auto& verdict : judged.verdicts)
    if (!verdict.problem.empty()) {
      log_warning(judged.summary.missing, " of ", pairs.size(), " pairs have no scores by ", name, "; ",
                  verdict.pair, ": ", verdict.problem);
      break;
    }
  judged.totals = model.totals();
  return judged;
}

Json agreements(const std::vector<Judged>& judges) {
  Json out = Json::array();
  for (std::size_t i = 0; i < judges.size(); ++i)
    for (std::size_t j = i + 1; j < judges.size(); ++j) {
      const auto found = evaluation::agreement(judges[i].verdicts, judges[j].verdicts);
      Json entry = {{"a", judges[i].summary.asked}, {"b", judges[j].summary.asked}};
      for (std::size_t k = 0; k < found.size(); ++k)
        entry[k < evaluation::kCriteria.size() ? evaluation::kCriteria[k] : "mean"] = to_json(found[k]);
      out.push_back(entry);
    }
  return out;
}

std::string to_text(const std::vector<Judged>& judges, const Json& agreed) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(2) << std::left << std::setw(28) << "judge" << std::right;
  for (const auto* name : evaluation::kCriteria) out << std::setw(8) << name;
  out << std::setw(8) << "scored" << std::setw(9) << "missing"
      << "  model as reported\n";
  for (const auto& judged : judges) {
    out << std::left << std::setw(28) << judged.summary.asked << std::right;
    for (const double mean : judged.summary.mean)
      judged.summary.scored > 0 ? out << std::setw(8) << mean : out << std::setw(8) << "-";
    out << std::setw(8) << judged.summary.scored << std::setw(9) << judged.summary.missing << " ";
    for (const auto& id : judged.summary.answered) out << " " << (id.empty() ? "(none)" : id);
    out << "\n";
  }
  for (const auto& pair : agreed) {
    const auto& mean = pair["mean"];
    const auto number = [&](const char* key) {
      return mean[key].is_null() ? std::string("-") : mean[key].dump().substr(0, 6);
    };
    out << pair["a"].get<std::string>() << " and " << pair["b"].get<std::string>() << ", " << mean["pairs"]
        << " pairs, mean score: Pearson " << number("pearson") << ", Spearman " << number("spearman")
        << ", mean difference " << number("mean_difference") << ", within 0.3 " << number("within_0.3")
        << ", within 0.5 " << number("within_0.5") << "\n";
  }
  auto lines = out.str();
  lines.pop_back();
  return lines;
}

Exit run(const EvaluateJudgeOptions& options, const Console& console) {
  if (options.generated.empty() == options.pairs.empty())
    throw UsageError("unidg evaluate judge needs --generated DIR or --pairs FILE, one of them");
  if (options.models.empty())
    throw UsageError("unidg evaluate judge needs --model NAME, once for each judge");
  for (const auto* values : {&options.base_urls, &options.key_variables})
    if (values->size() > 1 && values->size() != options.models.size())
      throw UsageError(
          "--base-url and --key-variable are given once for all judges or once for each --model; found ",
          values->size(), " for ", options.models.size());
  const auto settings = options.resolve();
  if (!options.out.empty() && std::filesystem::exists(options.out))
    throw UsageError(
        options.out,
        ": is there already; choose another --out, or remove it (with --cache nothing is asked twice)");
  const auto all = options.pairs.empty() ? evaluation::pairs_of_folder(options.generated)
                                         : evaluation::pairs_of_file(options.pairs);
  const auto pairs = evaluation::spread(all, static_cast<std::size_t>(settings.judge.count));

  std::vector<Judged> judges;
  for (std::size_t i = 0; i < options.models.size(); ++i) judges.push_back(ask(options, i, pairs, settings));

  const auto agreed = agreements(judges);
  Json list = Json::array();
  bool is_any_missing = false, is_any_scored = false;
  for (const auto& judged : judges) {
    auto entry = to_json(judged.summary);
    entry["totals"] = to_json(judged.totals);
    list.push_back(entry);
    is_any_missing = is_any_missing || judged.summary.missing > 0;
    is_any_scored = is_any_scored || judged.summary.scored > 0;
  }
  console.result({{"pairs", pairs.size()}, {"judges", list}, {"agreement", agreed}}, to_text(judges, agreed));
  if (!is_any_scored) return Exit::RunFailed;
  return is_any_missing ? Exit::Partial : Exit::Ok;
}

}  // namespace

Action evaluate_judge(CLI::App& app) {
  app.description("RefAd, Cons, Reas and Qual by multimodal models, with the prompt of the paper's Fig. 12.");
  auto options = std::make_shared<EvaluateJudgeOptions>();
  add(app, "--generated", options->generated, "DIR", "a folder that unidg wrote with references");
  add(app, "--pairs", options->pairs, "FILE",
      "instead: JSON lines of reference, reference_mask, target, target_mask");
  add_list(app, "--model", options->models, "NAME",
           "the judge, as the server knows it; twice or more tells how they agree");
  add_list(app, "--base-url", options->base_urls, "URL",
           "OpenAI-compatible server, up to /v1; once, or once for each judge");
  add_list(app, "--key-variable", options->key_variables, "NAME",
           "environment variable with the API key (default OPENAI_API_KEY); once, or once for each judge");
  add(app, "--cache", options->cache, "DIR", "keeps answers: what is in it is not asked again");
  add(app, "--count", options->count, "N", "pairs to judge, spread evenly over the set (default: all)");
  add(app, "--out", options->out, "FILE", "receives one JSON line a verdict");
  options->config.declare(app);
  app.footer(text(
      "The API key comes from an environment variable or a file (--set chat.key_file) and is written "
      "nowhere.\n"
      "A pair without a usable answer is missing, not 0.\n",
      "Settings (--set) and their defaults:\n", describe_fields(list_fields(JudgeSettings{})),
      "Example:\n"
      "  unidg evaluate judge --generated out --model gpt-5.1-2025-11-13 --cache answers --out judge.jsonl"));
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
