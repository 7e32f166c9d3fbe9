#include <map>
#include <mutex>
#include <sstream>

#include "unidg/agents/verify/verifier.h"
#include "unidg/cli/agents_chat.h"
#include "unidg/cli/agents_items.h"
#include "unidg/cli/commands.h"
#include "unidg/core/error.h"

namespace unidg::cli {
namespace {

struct VerifySettings {
  agents::VerifyConfig verify;
  agents::ChatVerifyConfig verifier;
  chat::ChatConfig chat;
};
void fields(FieldVisitor& visit, VerifySettings& s) {
  visit.group("verify", s.verify);
  visit.group("verifier", s.verifier);
  visit.group("chat", s.chat);
}

struct AgentsVerifyOptions {
  AgentInputs inputs;
  ChatFlags chat;
  std::string out;
  ConfigFlags config;
};

/// The candidates of one file that `unidg agents caption` wrote. @throws FormatError
std::vector<agents::Candidate> read_candidates(const std::filesystem::path& file) {
  const auto json = parse_json(read_file(file, 16 << 20), file.string());
  if (!json.is_object() || !json.contains("candidates") || !json["candidates"].is_array())
    throw FormatError(file.string(), ": no list 'candidates'; `unidg agents caption` writes such files");
  std::vector<agents::Candidate> out;
  try {
    for (const auto& c : json["candidates"])
      out.push_back({c.at("caption"), c.at("confidence").get<double>(), c.value("asked", ""),
                     c.value("answered", ""), c.value("problem", "")});
  } catch (const Json::exception& error) {
    throw FormatError(file.string(), ": a candidate lacks 'caption' or 'confidence': ", error.what());
  }
  return out;
}

Exit run(const AgentsVerifyOptions& options, const Console& console) {
  require(options.out, "--out", "agents verify");
  const auto settings = options.config.resolve(VerifySettings{});
  if (options.chat.models.size() > 1)
    throw UsageError("unidg agents verify takes one --model; found ", options.chat.models.size());
  const auto items = options.inputs.items("verify");
  const auto clients = options.chat.clients(settings.chat);
  std::unique_ptr<agents::Verifier> verifier = std::make_unique<agents::MeasuringVerifier>();
  if (!clients.empty())
    verifier = std::make_unique<agents::ChatVerifier>(*clients.front(), settings.verifier);

  std::mutex mutex;
  std::map<std::string, std::size_t> outcomes;  // kept, or why dropped
  const auto count = [&](const Json& selection) {
    const std::lock_guard lock(mutex);
    ++outcomes[selection.at("kept").is_null() ? selection.at("reason").get<std::string>() : "kept"];
  };
  const int workers = clients.empty() ? 2 : static_cast<int>(settings.chat.concurrency);
  const auto report = run_items("verify", items, workers, [&](const AgentItem& item) {
    const auto path = result_path(options.out, item, ".json");
    if (std::filesystem::exists(path)) {
      count(parse_json(read_file(path, 16 << 20), path.string()));
      return false;
    }
    auto selection = to_json(
        agents::select(load_triplet(item), read_candidates(item.caption), *verifier, settings.verify));
    count(selection);
    if (selection["reason"] == "unverified") throw InputError("the verifier gave no usable answer");
    write_file_atomic(path, selection.dump(1) + "\n");
    return true;
  });
  std::ostringstream lines;
  for (const auto& [outcome, number] : outcomes) lines << outcome << " " << number << "\n";
  auto plain = lines.str();
  if (!plain.empty()) plain.pop_back();
  Json result = {{"out", options.out}, {"outcomes", outcomes}};
  if (!clients.empty()) result["totals"] = to_json(clients.front()->totals());
  return finish_items(report, result, plain, console);
}

}  // namespace

Action agents_verify(CLI::App& app) {
  app.description("Scores captioned triplets and keeps one caption each, or none (Fig. 8, App. A.1).");
  auto options = std::make_shared<AgentsVerifyOptions>();
  options->inputs.declare(app, true, true);
  options->chat.declare(app, false);
  add(app, "--out", options->out, "DIR", "receives ID.json with scores, evidence and the choice");
  options->config.declare(app);
  app.footer(text("Settings (--set) and their defaults:\n", describe_fields(list_fields(VerifySettings{})),
                  "Example:\n"
                  "  unidg agents verify --image abnormal/ --mask mask/ --normal normal/ --captions "
                  "captions/ --out verdicts"));
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
