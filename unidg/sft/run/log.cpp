#include "unidg/sft/run/log.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>

#include "unidg/core/files.h"
#include "unidg/training/event_file.h"
#include "unidg/training/plot.h"
#include "unidg/training/sheet.h"

namespace unidg::sft {
namespace {

namespace fs = std::filesystem;

std::string csv_of(const Json& line, bool names) {
  std::string out;
  for (const auto& [name, value] : line.items())
    out += (out.empty() ? "" : ",") + (names ? name : value.dump());
  return out;
}

std::vector<Json> lines_of(const fs::path& path) {
  std::vector<Json> out;
  if (!fs::exists(path)) return out;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);)
    if (auto json = Json::parse(line, nullptr, false); json.is_object()) out.push_back(std::move(json));
  return out;
}

std::string event_of(const Json& line) {
  training::Scalars scalars;
  for (const char* name :
       {"loss", "flow", "regularisation", "d", "gradient_norm", "lr", "samples_per_s", "rss_mib"})
    scalars.emplace_back(std::string("train/") + name, line.value(name, 0.0F));
  return training::event_record(line.value("time", 0.0), line.value("step", std::int64_t{0}), scalars);
}
std::string validation_event(const Json& line) {
  return training::event_record(line.value("time", 0.0), line.value("step", std::int64_t{0}),
                                {{"validation/loss", line.value("loss", 0.0F)}});
}

void append_bytes(const fs::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.flush();
  if (!file) throw Error(path.string(), ": cannot write. Free space or choose another folder.");
}

}  // namespace

Json to_json(const StepLog& l) {
  return {{"step", l.step},
          {"loss", l.loss},
          {"flow", l.flow},
          {"regularisation", l.regularisation},
          {"d", l.d},
          {"gradient_norm", l.gradient_norm},
          {"lr", l.lr},
          {"seconds", l.seconds},
          {"samples_per_s", l.samples_per_s},
          {"rss_mib", l.rss_mib},
          {"time", l.time}};
}

fs::path RunLog::events() const { return folder_ / "events.out.tfevents.0.unidg"; }

void RunLog::append(const StepLog& line) {
  const auto json = to_json(line);
  append_line(folder_ / "log.jsonl", json.dump());
  if (!fs::exists(folder_ / "log.csv")) append_line(folder_ / "log.csv", csv_of(json, true));
  append_line(folder_ / "log.csv", csv_of(json, false));
  append_bytes(events(), event_of(json));
}

void RunLog::append_validation(std::int64_t step, double loss, double time) {
  const Json json = {{"step", step}, {"loss", loss}, {"time", time}};
  append_line(folder_ / "validation.jsonl", json.dump());
  append_bytes(events(), validation_event(json));
}

void RunLog::rewind(std::int64_t step) {
  for (const char* name : {"log.jsonl", "log.csv", "validation.jsonl"}) {
    const auto path = folder_ / name;
    if (!fs::exists(path)) continue;
    std::istringstream lines(read_file(path));
    std::string kept, line;
    const bool is_csv = path.extension() == ".csv";
    while (std::getline(lines, line)) {
      std::int64_t number = 0;
      if (is_csv) {
        if (line.starts_with("step"))
          number = 0;
        else
          number = std::atoll(line.c_str());
      } else {
        const auto json = Json::parse(line, nullptr, false);  // a line cut short by a kill goes too
        number = json.is_object() ? json.value("step", step + 1) : step + 1;
      }
      if (number <= step) kept += line + "\n";
    }
    write_file_atomic(path, kept);
  }
  const auto steps = lines_of(folder_ / "log.jsonl");
  std::string events_so_far =
      training::event_header(steps.empty() ? now_s() : steps.front().value("time", 0.0));
  for (const auto& line : steps) events_so_far += event_of(line);
  for (const auto& line : lines_of(folder_ / "validation.jsonl")) events_so_far += validation_event(line);
  write_file_atomic(events(), events_so_far);
}

void RunLog::plot() const {
  const auto curve = [&](const char* name) {
    std::vector<training::PlotPoint> out;
    for (const auto& line : lines_of(folder_ / name))
      out.push_back({line.value("step", 0.0), line.value("loss", 0.0)});
    return out;
  };
  training::write_picture(folder_ / "loss.png",
                          training::loss_plot(curve("log.jsonl"), curve("validation.jsonl")));
}

double now_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::vector<std::string> Watch::look(const StepLog& line, bool is_prodigy, double d0) {
  constexpr std::size_t kWindow = 100, kFewest = 20;
  constexpr std::int64_t kPatience = 200;
  std::vector<std::string> out;
  if (last_.size() >= kFewest) {
    std::vector<double> sorted(last_.begin(), last_.end());
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2),
                     sorted.end());
    const double median = sorted[sorted.size() / 2];
    if (line.loss > spike_ * median)
      out.push_back(
          text("step ", line.step, ": the loss, ", line.loss, ", is ", line.loss / median,
               " times the usual one. If it stays there, go back to an earlier checkpoint with a smaller "
               "optim.clip or learning rate"));
  }
  last_.push_back(line.loss);
  if (last_.size() > kWindow) last_.pop_front();
  if (is_prodigy && !told_stuck_ && line.step >= kPatience && line.d <= d0) {
    told_stuck_ = true;
    out.push_back(text("step ", line.step, ": Prodigy's d has not grown beyond d0 = ", d0,
                       ", so that nothing is learned. Raise optim.d0 to 1e-5 or 1e-4"));
  }
  return out;
}

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  std::int64_t total = 0, resident = 0;
  file >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

}  // namespace unidg::sft
