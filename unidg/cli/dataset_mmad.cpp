#include "unidg/cli/config_flags.h"
#include "unidg/cli/dataset_commands.h"
#include "unidg/core/log.h"
#include "unidg/dataset/mmad/context.h"
#include "unidg/dataset/mmad/score.h"

namespace unidg::cli {
namespace {

namespace mmad = dataset::mmad;

struct DatasetMmadOptions {
  std::string set, questions, data, out, answers, match = "object", unreadable = "leave-out";
  mmad::ContextOptions context;
};

Json tell(const dataset::sets::Notes& notes) {
  Json out = Json::object();
  for (const auto& [kind, group] : notes.groups()) {
    log_warning(kind, ": ", group.count, " (", group.first.front(), group.count > 1 ? ", ...)" : ")");
    out[kind] = group.count;
  }
  return out;
}

Exit context(const DatasetMmadOptions& options, const Console& console) {
  require(options.set, "SET", "dataset mmad-context");
  require(options.questions, "--questions", "dataset mmad-context");
  require(options.out, "--out", "dataset mmad-context");
  auto wanted = options.context;
  if (options.match != "object" && options.match != "category")
    throw UsageError("mmad-context: --match is '", options.match, "', expected object or category");
  if (options.match == "category") {
    wanted.choice.match = mmad::ChoiceOptions::Match::Category;
    log_warning(
        "--match category shows each picture's own kind of defect: it gives away part of the answers");
  }
  const auto data =
      options.data.empty() ? std::filesystem::path(options.questions).parent_path().string() : options.data;
  const auto result =
      mmad::write_context(options.set, options.questions, data.empty() ? "." : data, options.out, wanted);
  const auto notes = tell(result.notes);
  if (result.fewer > 0)
    log_warning(result.fewer, " pictures got fewer than ", wanted.choice.count,
                " quadruplets: nothing more fits");
  if (result.refused > 0) log_info(result.refused, " entries are kept out: their specimen is questioned");
  console.result({{"file", result.file.string()},
                  {"pictures", result.pictures},
                  {"questions", result.questions},
                  {"quadruplets", result.quadruplets},
                  {"left_out", result.left_out},
                  {"used", result.used},
                  {"refused", result.refused},
                  {"fewer", result.fewer},
                  {"notes", notes}},
                 text(result.file.string(), ": ", result.questions, " questions about ", result.pictures,
                      " pictures, ", result.used, " of ", result.quadruplets, " quadruplets shown"));
  return Exit::Ok;
}

Exit score(const DatasetMmadOptions& options, const Console& console) {
  require(options.answers, "ANSWERS", "dataset mmad-score");
  if (options.unreadable != "leave-out" && options.unreadable != "wrong")
    throw UsageError("mmad-score: --unreadable is '", options.unreadable, "', expected leave-out or wrong");
  dataset::sets::Notes notes;
  std::vector<mmad::Picture> questions;
  if (!options.questions.empty()) questions = mmad::read_questions(options.questions, notes);
  tell(notes);
  std::size_t missing = 0;
  const auto answers = mmad::read_answers(options.answers, questions, missing);
  const auto scores = mmad::score(answers, options.unreadable == "wrong");
  if (missing > 0) log_warning(missing, " questions have no answer and do not count");
  if (scores.unreadable > 0)
    log_warning(scores.unreadable, " answers name no option and ",
                options.unreadable == "wrong" ? "count as wrong" : "do not count");
  auto json = to_json(scores);
  json["missing"] = missing;
  console.result(json, to_text(scores));
  return Exit::Ok;
}

}  // namespace

Action dataset_mmad_context(CLI::App& app) {
  app.description("Questions about pictures with a set's quadruplets as context (Table 9).");
  auto options = std::make_shared<DatasetMmadOptions>();
  auto& wanted = options->context;
  app.add_option("set", options->set, "set folder")->option_text("SET");
  add(app, "--questions", options->questions, "JSON", "questions in MMAD's format (mmad.json)");
  add(app, "--data", options->data, "DIR", "folder of the questioned pictures (default: of the questions)");
  add(app, "--out", options->out, "DIR", "receives context.jsonl, pictures/ and settings.json");
  add(app, "--k", wanted.choice.count, "N", "quadruplets a picture (2)");
  add(app, "--match", options->match, "object|category",
      "categories of context: those of the object, or the picture's own, which gives away answers");
  add(app, "--domain", wanted.choice.domain, "NAME", "of the questioned pictures (industrial)");
  add(app, "--split", wanted.choice.split, "NAME", "only entries of this split");
  app.add_flag("--without-normal", wanted.choice.without_normal, "also entries without a normal counterpart");
  add(app, "--seed", wanted.choice.seed, "N", "the same seed draws the same context");
  add(app, "--shots", wanted.shots, "N", "normal templates of the question file before the query (1)");
  app.add_flag("--similar", wanted.similar, "its similar templates, not its random ones");
  add(app, "--mask", wanted.mask, "outline|mask|both", "how the mask is shown (outline)");
  app.add_flag("--sheet", wanted.sheet, "one picture a quadruplet, side by side");
  add(app, "--side", wanted.side, "PX", "longer side of context pictures (512; 0: as they are)");
  app.add_flag("--embed", wanted.embed, "pictures as data URLs, not as files");
  add(app, "--prompt", wanted.prompt, "FILE", "another instruction");
  add(app, "--limit", wanted.limit, "N", "only the first N pictures");
  add(app, "--threads", wanted.threads, "N", "default: one a core");
  app.footer(
      "No questioned picture, near duplicate or other photo of its specimen becomes context.\nExamples:\n"
      "  unidg dataset mmad-context sets/udg --questions MMAD/mmad.json --out questions\n"
      "  unidg dataset mmad-context sets/udg --questions MMAD/mmad.json --out plain --k 0");
  return [options](const Console& console) { return context(*options, console); };
}

Action dataset_mmad_score(CLI::App& app) {
  app.description("Accuracy of a model's answers, task by task (Table 9).");
  auto options = std::make_shared<DatasetMmadOptions>();
  app.add_option("answers", options->answers, "MMAD's list of answers, or JSON lines {\"id\", \"answer\"}")
      ->option_text("ANSWERS");
  add(app, "--questions", options->questions, "JSON", "questions in MMAD's format, for JSON lines");
  add(app, "--unreadable", options->unreadable, "leave-out|wrong",
      "answers that name no option (leave-out, as published)");
  app.footer("Example:\n  unidg dataset mmad-score answers.jsonl --questions MMAD/mmad.json");
  return [options](const Console& console) { return score(*options, console); };
}

}  // namespace unidg::cli
