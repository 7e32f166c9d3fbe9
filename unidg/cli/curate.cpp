#include <cmath>
#include <iomanip>
#include <sstream>

#include "unidg/agents/curate/curation.h"
#include "unidg/agents/curate/funnel.h"
#include "unidg/agents/curate/real_half.h"
#include "unidg/agents/synthesis/synthesised_half.h"
#include "unidg/cli/agents_chat.h"
#include "unidg/cli/agents_inpainter.h"
#include "unidg/cli/commands.h"
#include "unidg/core/log.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/sets/import.h"

namespace unidg::cli {
namespace {

namespace fs = std::filesystem;
namespace sets = dataset::sets;
namespace templates = dataset::templates;

struct CurateSettings {
  agents::CurateConfig curate;
  agents::RealConfig real;
  agents::SynthesisConfig synthesis;
  InpaintSettings inpaint;
  generation::GenerateConfig generate;
  templates::LibraryConfig templates;
  agents::ChatCaptionConfig caption;
  agents::ChatVerifyConfig verifier;
  chat::ChatConfig chat;
};
void fields(FieldVisitor& visit, CurateSettings& s) {
  visit.group("curate", s.curate);
  visit.group("real", s.real);
  visit.group("synthesis", s.synthesis);
  visit.group("inpaint", s.inpaint);
  visit.group("generate", s.generate);
  visit.group("templates", s.templates);
  visit.group("caption", s.caption);
  visit.group("verifier", s.verifier);
  visit.group("chat", s.chat);
}

struct CurateOptions {
  std::vector<std::string> sources, scenes, references;
  std::string out, library, inpaint_model, generator = "embedded", verifier;
  std::string shard = "1/1";
  std::int64_t synthesise = 0;
  std::uint64_t seed = 0;
  bool is_merge = false, is_dry_run = false;
  ChatFlags chat;
  ConfigFlags config;
};

/// A set as it is; any other folder is imported beside --out first.
std::vector<fs::path> as_sets(const std::vector<std::string>& folders, const CurateOptions& options) {
  std::vector<fs::path> result;
  for (const auto& folder : folders) {
    if (sets::is_set(folder)) {
      result.emplace_back(folder);
      continue;
    }
    if (options.is_dry_run)
      throw UsageError(folder, ": is no set yet, and a dry run writes nothing; `unidg dataset import ",
                       folder, " --out SET` first");
    const auto name = fs::absolute(folder).lexically_normal().filename().string();
    const auto to = fs::path(options.out + ".imported") / dataset::file_safe(name);
    const auto imported = sets::import_set(folder, to, {});
    log_info(folder, ": read as ", imported.chosen.reader->name, " (",
             std::lround(100 * imported.chosen.recognition.confidence),
             " % sure: ", imported.chosen.recognition.reason, ") into ", to.string(), "; ", imported.added,
             " added, ", imported.known, " were there");
    for (const auto& [kind, group] : imported.notes.groups())
      log_warning(kind, ": ", group.count, " (", group.first.front(), group.count > 1 ? ", ...)" : ")");
    result.push_back(to);
  }
  return result;
}

/// Captioners and verifier; the chat clients behind them.
struct Crew {
  std::vector<std::unique_ptr<chat::OpenAiChat>> clients;
  agents::Agents agents;
};

Crew make_crew(const CurateOptions& options, const CurateSettings& settings) {
  Crew out{options.chat.clients(settings.chat), agents::embedded_agents()};
  if (!out.clients.empty()) out.agents.captioners.clear();
  for (const auto& client : out.clients)
    out.agents.captioners.push_back(std::make_unique<agents::ChatCaptioner>(*client, settings.caption));
  if (!options.verifier.empty()) {
    auto flags = options.chat;
    flags.models = {options.verifier};
    flags.base_urls.resize(std::min<std::size_t>(1, flags.base_urls.size()));
    flags.key_variables.resize(std::min<std::size_t>(1, flags.key_variables.size()));
    out.clients.push_back(std::move(flags.clients(settings.chat).front()));
    out.agents.verifier = std::make_unique<agents::ChatVerifier>(*out.clients.back(), settings.verifier);
  }
  return out;
}

/// The template library: the one given, or one of the references, made once and kept.
templates::TemplateLibrary library_for(const CurateOptions& options, const CurateSettings& settings,
                                       const std::vector<fs::path>& references) {
  if (!options.library.empty()) return templates::TemplateLibrary::load(options.library);
  const auto place = fs::path(options.out) / "templates";
  if (fs::exists(place / "library.json")) return templates::TemplateLibrary::load(place);
  templates::BuildReport report;
  auto library = templates::TemplateLibrary::build(references, settings.templates, report);
  if (!options.is_dry_run) library.save(place);
  return library;
}

/// Runs that share a folder must not depend on each other's progress.
void check_shards(const CurateOptions& options, const dataset::Shard& shard) {
  if (shard.count == 1 || options.synthesise == 0) return;
  if (options.references.empty() || options.library.empty() || !options.sources.empty())
    throw UsageError(
        "with --shard the synthesised half is a run of its own: finish and merge the real half, then give "
        "--synthesise N with --scenes, --references and --templates");
}

std::string about_calls(const CurateOptions& options, const CurateSettings& settings, std::size_t items) {
  constexpr double kPictures = 3, kTokensAPicture = 765, kCharactersAToken = 4, kCaption = 500,
                   kVerdict = 150;
  const auto captions = static_cast<double>(items * options.chat.models.size());
  const double verdicts =
      options.verifier.empty() ? 0 : std::max<double>(captions, static_cast<double>(items));
  const auto prompt = [](const char* words) {
    return static_cast<double>(std::string_view(words).size()) / kCharactersAToken;
  };
  const double in = captions * (kPictures * kTokensAPicture + prompt(agents::captioner_prompt())) +
                    verdicts * (kPictures * kTokensAPicture + prompt(agents::verifier_prompt()) + kCaption);
  const double answered = captions * kCaption + verdicts * kVerdict;
  std::ostringstream out;
  out << "\n  questions to chat models: at most " << captions + verdicts << ", about "
      << std::lround(in / 1e3) << "k tokens in and " << std::lround(answered / 1e3)
      << "k out (765 a picture)";
  if (settings.chat.price_in > 0 || settings.chat.price_out > 0)
    out << ", about " << std::fixed << std::setprecision(2)
        << (in * settings.chat.price_in + answered * settings.chat.price_out) / 1e6
        << " in the currency of chat.price_in";
  return out.str();
}

/// What would be done, and how long it takes here.
void add_forecast(agents::Half& half, const CurateOptions& options, const CurateSettings& settings,
                  const agents::Agents& crew, Json& json, std::string& plain) {
  const bool asks = !options.chat.models.empty() || !options.verifier.empty();
  const auto forecast = agents::forecast(half, asks ? nullptr : &crew, options.out,
                                         dataset::parse_shard(options.shard), settings.curate);
  const auto left = forecast.planned - std::min(forecast.planned, forecast.finished);
  const double seconds = forecast.seconds_an_item * static_cast<double>(left);
  json[half.name()] = {{"planned", forecast.planned},
                       {"finished", forecast.finished},
                       {"seconds_an_item", forecast.seconds_an_item},
                       {"seconds", seconds}};
  std::ostringstream out;
  out << (plain.empty() ? "" : "\n") << half.name() << ": " << left << " of " << forecast.planned
      << " items to do, " << std::fixed << std::setprecision(2) << forecast.seconds_an_item
      << " s each (measured on a few" << (asks ? ", without the questions" : "") << "), about "
      << std::setprecision(1) << seconds / 60 << " min";
  plain += out.str();
  if (asks) plain += about_calls(options, settings, left);
}

/// The page, and set.json once nothing is left to do.
std::string conclude(const fs::path& folder, bool is_complete) {
  const auto info = sets::read_info(folder);
  Json out = info.is_object() ? info : Json::object();
  out.erase("format"), out.erase("version");
  out["complete"] = is_complete, out["entries"] = sets::count_entries(folder);
  out["curation"] = to_json(agents::count_funnels(folder));
  sets::SetWriter(folder).write_info(out);
  return agents::write_curation_report(folder).string();
}

Exit merge(const CurateOptions& options, const Console& console) {
  const auto entries = agents::merge_shards(options.out);
  const auto page = conclude(options.out, true);
  console.result({{"out", options.out}, {"entries", entries}, {"report", page}}, page);
  return Exit::Ok;
}

Exit run(const CurateOptions& options, const Console& console) {
  require(options.out, "--out", "curate");
  if (options.is_merge) return merge(options, console);
  if (options.sources.empty() && options.synthesise == 0)
    throw UsageError("unidg curate needs SETs for the real half, or --synthesise N, or both");
  if (options.sources.empty() && options.references.empty() && sets::count_entries(options.out) == 0)
    throw UsageError(
        "unidg curate --synthesise needs references: name sets with --references, or give SETs for ",
        "the real half");
  auto settings = options.config.resolve(CurateSettings{});
  settings.real.seed = settings.synthesis.seed = options.seed;
  const auto shard = dataset::parse_shard(options.shard);
  check_shards(options, shard);
  const auto crew = make_crew(options, settings);
  if (settings.curate.threads == 0 && !crew.clients.empty())
    settings.curate.threads = settings.chat.concurrency;
  const auto threads = static_cast<int>(settings.curate.threads);

  std::optional<agents::CurationFiles> files;
  if (!options.is_dry_run) files.emplace(options.out, shard);
  Json json = {{"out", options.out}};
  std::string plain;
  bool is_unfinished = false;
  const auto work = [&](agents::Half& half) {
    if (options.is_dry_run) return add_forecast(half, options, settings, crew.agents, json, plain);
    auto decided = half.settings();
    decided.update(crew.agents.settings());
    decided.update(echo_fields(settings.curate.verify));
    decided["retries"] = settings.curate.retries;
    agents::claim_settings(options.out, half.name(), decided);
    const auto report = agents::curate(half, crew.agents, *files, settings.curate);
    json[half.name()] = agents::to_json(report);
    is_unfinished = is_unfinished || report.is_interrupted || report.unanswered > 0;
    if (report.unanswered > 0)
      log_warning(report.unanswered, " pictures got no usable answer; the same command asks again");
    log_info(half.name(), ": ", report.kept, " kept, ", report.dropped, " dropped, ", report.skipped,
             " were done already");
  };

  const auto given = as_sets(options.sources, options);
  if (!given.empty()) {
    agents::RealHalf half(given, make_inpainter(options.inpaint_model, settings.inpaint), settings.real,
                          threads);
    work(half);
  }
  if (options.synthesise > 0 && !interrupted()) {
    agents::SynthesisedHalf::Inputs inputs;
    inputs.scenes = options.scenes.empty() ? given : as_sets(options.scenes, options);
    inputs.references = as_sets(options.references, options);
    if (inputs.references.empty() && sets::count_entries(options.out) > 0) inputs.references = {options.out};
    if (inputs.references.empty()) inputs.references = given;  // of a dry run before the first run
    if (inputs.scenes.empty()) inputs.scenes = inputs.references;
    inputs.count = static_cast<std::size_t>(options.synthesise);
    generation::ModelPaths paths;
    paths.model = options.generator;
    agents::SynthesisedHalf half(inputs, library_for(options, settings, inputs.references),
                                 std::make_unique<generation::DefectGenerator>(
                                     generation::DefectGenerator::load(paths, settings.generate)),
                                 settings.synthesis, threads);
    work(half);
  }
  if (options.is_dry_run) {
    console.result(json, plain);
    return Exit::Ok;
  }
  Json totals = Json::array();
  for (const auto& client : crew.clients)
    totals.push_back({{"model", client->name()}, {"totals", to_json(client->totals())}});
  if (!totals.empty()) json["models"] = totals;
  if (shard.count == 1) {
    const auto page = conclude(options.out, !is_unfinished);
    json["report"] = page;
    plain = agents::to_text(agents::count_funnels(options.out)) + "\n" + page;
  } else {
    plain = text(options.out, ": shard ", options.shard,
                 " done; after all shards: unidg curate --merge --out ", options.out);
  }
  console.result(json, plain);
  if (interrupted()) log_warning("interrupted; the same command goes on from here");
  return interrupted() ? Exit::Interrupted : is_unfinished ? Exit::Partial : Exit::Ok;
}

}  // namespace

Action curate(CLI::App& app) {
  app.description("Real pictures in, verified quadruplets out: normal, abnormal, mask, caption (Sec. 3.1).");
  auto options = std::make_shared<CurateOptions>();
  app.add_option("sets", options->sources,
                 "real half: sets, or folders in any layout that `unidg dataset import` reads")
      ->option_text("SET...");
  add(app, "--out", options->out, "UDG", "a set; the same command goes on where it stopped");
  const char* made = "Synthesised half";
  add(app, "--synthesise", options->synthesise, "N", "pictures to paint and verify")
      ->check(CLI::NonNegativeNumber)
      ->group(made);
  add_list(app, "--scenes", options->scenes, "SET", "good photos (default: those of SETs)")->group(made);
  add_list(app, "--references", options->references, "SET", "defect photos (default: the real half in --out)")
      ->group(made);
  add(app, "--templates", options->library, "LIB",
      "of `unidg masks build` (default: built from the references)")
      ->group(made);
  add(app, "--generator", options->generator, "embedded|DIR", "the model that paints")->group(made);
  const char* agents = "Agents";
  add(app, "--inpaint-model", options->inpaint_model, "DIR",
      "FLUX.1-Fill-dev as a diffusers folder (default: patches of the photo itself)")
      ->group(agents);
  options->chat.declare(app, true);
  add(app, "--verifier", options->verifier, "NAME",
      "chat model that verifies, at the first --base-url (default: measured)")
      ->group(agents);
  add(app, "--seed", options->seed, "S", "with an item's id it decides the result (default 0)")
      ->check(CLI::NonNegativeNumber);
  add(app, "--shard", options->shard, "i/N", "this process's share of the items");
  app.add_flag("--merge", options->is_merge, "join what the shards wrote into --out");
  app.add_flag("--dry-run", options->is_dry_run, "count, time a few items, write nothing");
  options->config.declare(app);
  app.footer(text(
      "Writes a set with curation.html (funnel, samples kept and dropped), ledger.jsonl (one line an item) "
      "and\n"
      "curation.json (settings). Exit code 5: some pictures got no answer from a chat model.\n"
      "Settings (--set) and their defaults; `unidg generate --help` lists those of generate.:\n",
      describe_fields(list_fields(agents::CurateConfig{})),
      describe_fields(list_fields(agents::RealConfig{})),
      describe_fields(list_fields(agents::SynthesisConfig{})),
      "Write them as curate.retries=0, real.boxes=true, synthesis.categories=natural.\nExamples:\n"
      "  unidg curate mvtec_anomaly_detection --out udg --synthesise 500\n"
      "  unidg curate sets/a sets/b --out udg --shard 2/8      (then, after all: unidg curate --merge --out "
      "udg)\n"
      "  unidg curate sets/a --out udg --model gpt-5.1 --model gemini-3-pro --verifier gpt-5.1 --dry-run"));
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
