#include "unidg/cli/agents_chat.h"
#include "unidg/cli/agents_items.h"
#include "unidg/cli/commands.h"

namespace unidg::cli {
namespace {

struct CaptionSettings {
  agents::ChatCaptionConfig caption;
  chat::ChatConfig chat;
};
void fields(FieldVisitor& visit, CaptionSettings& s) {
  visit.group("caption", s.caption);
  visit.group("chat", s.chat);
}

struct AgentsCaptionOptions {
  AgentInputs inputs;
  ChatFlags chat;
  std::string out;
  ConfigFlags config;
};

Exit run(const AgentsCaptionOptions& options, const Console& console) {
  require(options.out, "--out", "agents caption");
  const auto settings = options.config.resolve(CaptionSettings{});
  const auto items = options.inputs.items("caption");
  const auto clients = options.chat.clients(settings.chat);
  std::vector<std::unique_ptr<agents::Captioner>> captioners;
  for (const auto& client : clients)
    captioners.push_back(std::make_unique<agents::ChatCaptioner>(*client, settings.caption));
  if (captioners.empty()) captioners.push_back(std::make_unique<agents::MeasuringCaptioner>());

  const int workers = clients.empty() ? 2 : static_cast<int>(settings.chat.concurrency);
  const auto report = run_items("caption", items, workers, [&](const AgentItem& item) {
    const auto path = result_path(options.out, item, ".json");
    if (std::filesystem::exists(path)) return false;
    const auto triplet = load_triplet(item);
    Json candidates = Json::array();
    std::string problem;
    for (const auto& captioner : captioners) {
      const auto candidate = captioner->describe(triplet);
      candidates.push_back(to_json(candidate));
      problem = candidate.problem.empty() ? problem : candidate.problem;
    }
    const bool is_any = std::any_of(candidates.begin(), candidates.end(),
                                    [](const Json& c) { return !c["caption"].is_null(); });
    if (!is_any) throw InputError("no caption: ", problem);
    write_file_atomic(path, Json{{"id", item.id}, {"candidates", candidates}}.dump(1) + "\n");
    return true;
  });
  Json totals = Json::array();
  for (const auto& client : clients)
    totals.push_back({{"model", client->name()}, {"totals", to_json(client->totals())}});
  return finish_items(report, {{"out", options.out}, {"models", totals}}, options.out, console);
}

}  // namespace

Action agents_caption(CLI::App& app) {
  app.description(
      "Describes defects: by measuring, or by multimodal models with the prompt of the paper's Fig. 7.");
  auto options = std::make_shared<AgentsCaptionOptions>();
  options->inputs.declare(app, true, false);
  options->chat.declare(app, true);
  add(app, "--out", options->out, "DIR", "receives ID.json with one candidate a model");
  options->config.declare(app);
  app.footer(text("Settings (--set) and their defaults:\n", describe_fields(list_fields(CaptionSettings{})),
                  "Example:\n"
                  "  unidg agents caption --image abnormal/ --mask mask/ --normal normal/ --out captions"));
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
