#include <sys/utsname.h>
#include <torch/version.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "unidg/cli/commands.h"
#include "unidg/core/version.h"
#include "unidg/generation/model_files.h"
#include "unidg/models/small/small_model.h"

namespace unidg::cli {
namespace {

constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;

std::uint64_t memory_bytes() {
  return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// What programs can still take, from /proc/meminfo; 0 where there is none.
std::uint64_t available_bytes() {
  std::ifstream in("/proc/meminfo");
  std::string word;
  std::uint64_t kilobytes = 0;
  while (in >> word)
    if (word == "MemAvailable:" && in >> kilobytes) return kilobytes * 1024;
  return 0;
}

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  struct ::utsname name {};
  return ::uname(&name) == 0 ? name.machine : "";
}

Json machine() {
  return {{"processor", processor()},
          {"cores", std::thread::hardware_concurrency()},
          {"memory_gib", static_cast<double>(memory_bytes()) / kGiB},
          {"available_gib", static_cast<double>(available_bytes()) / kGiB}};
}

Json libtorch() {
  Json out = {{"version", TORCH_VERSION},
              {"threads", at::get_num_threads()},
              {"cuda", torch::cuda::is_available()},
              {"cuda_devices", torch::cuda::is_available() ? torch::cuda::device_count() : 0}};
  return out;
}

Json embedded() {
  try {
    const auto folder = generation::embedded_model_folder();
    std::int64_t parameters = 0;
    std::uint64_t bytes = 0;
    for (const auto& part : generation::model_parts({})) {
      parameters += part.parameters;
      bytes += part.file_bytes;
    }
    const auto model = models::SmallModel::load(folder);
    return {{"found", true},
            {"folder", folder.string()},
            {"parameters", parameters},
            {"file_bytes", bytes},
            {"size", model.settings.size},
            {"steps", model.settings.steps},
            {"start", model.settings.start},
            {"memory_bytes",
             generation::memory_need(parameters, 4, static_cast<int>(model.settings.size), true).peak()}};
  } catch (const InputError& error) {
    return {{"found", false}, {"problem", error.what()}};
  }
}

/// What the full-size model needs at the paper's 768 px and at smaller sizes, on a CPU (fp32) and a GPU
/// (bf16).
Json full_size() {
  auto rows = Json::array();
  for (const int size : {256, 512, 768})
    for (const auto& [device, bytes] : {std::pair{"cpu", 4}, std::pair{"cuda", 2}}) {
      const auto need = generation::memory_need(generation::FullSizeParameters::all, bytes, size, false);
      rows.push_back(
          {{"size", size},
           {"device", device},
           {"weights_bytes", need.weights},
           {"peak_bytes", need.peak()},
           {"fits", std::string(device) == "cuda" ? Json(nullptr) : Json(need.peak() < memory_bytes())}});
    }
  return rows;
}

std::string gib(const Json& bytes) {
  std::ostringstream out;
  out.precision(1);
  out << std::fixed << bytes.get<double>() / kGiB << " GiB";
  return out.str();
}

std::string to_text(const Json& report) {
  std::ostringstream out;
  out.precision(1);
  out << std::fixed;
  const auto& machine = report["machine"];
  out << "unidg " << report["version"].get<std::string>() << "\n"
      << "machine     " << machine["processor"].get<std::string>() << ", " << machine["cores"] << " cores, "
      << machine["memory_gib"].get<double>() << " GiB memory (" << machine["available_gib"].get<double>()
      << " available)\n";
  const auto& torch = report["libtorch"];
  out << "LibTorch    " << torch["version"].get<std::string>() << ", " << torch["threads"]
      << " threads, CUDA "
      << (torch["cuda"].get<bool>() ? text("with ", torch["cuda_devices"], " devices") : "not present")
      << "\n";
  const auto& model = report["embedded"];
  if (model["found"].get<bool>())
    out << "embedded    " << model["folder"].get<std::string>() << ": " << model["parameters"]
        << " parameters, " << model["size"] << " px, " << model["steps"]
        << " steps from t0 = " << model["start"] << ", needs about " << gib(model["memory_bytes"]) << "\n";
  else
    out << "embedded    not found: " << model["problem"].get<std::string>() << "\n";
  out << "full size   FLUX.1-Fill + FLUX.1-Redux, not part of this program; memory it needs (weights, "
         "peak):\n";
  for (const auto& row : report["full_size"]) {
    out << "  " << row["size"] << " px  " << (row["device"] == "cpu" ? "CPU, fp32 " : "GPU, bf16 ") << "  "
        << gib(row["weights_bytes"]) << "  " << gib(row["peak_bytes"]);
    if (!row["fits"].is_null())
      out << (row["fits"].get<bool>() ? "  fits here" : "  more than this machine has");
    out << "\n";
  }
  return out.str();
}

}  // namespace

Action doctor(CLI::App& app) {
  app.description("Says what this machine has and what each model needs.");
  app.footer(
      "Example:\n"
      "  unidg doctor --json");
  return [](const Console& console) {
    const Json report = {{"version", kVersion},
                         {"machine", machine()},
                         {"libtorch", libtorch()},
                         {"embedded", embedded()},
                         {"full_size", full_size()}};
    console.result(report, to_text(report));
    return report["embedded"]["found"].get<bool>() ? Exit::Ok : Exit::RunFailed;
  };
}

}  // namespace unidg::cli
