#include "unidg/dataset/jobs.h"

#include <algorithm>
#include <functional>
#include <map>
#include <system_error>

#include "unidg/core/config.h"
#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/names.h"
#include "unidg/dataset/items.h"

namespace unidg::dataset {
namespace fs = std::filesystem;
namespace {

const std::vector<std::string> kOurFields = {"source",      "mask", "reference", "reference_mask",
                                             "instruction", "seed", "n",         "out"};
/// Arguments of NVIDIA AnomalyGen that steer its own pipeline.
const std::vector<std::string> kForeignFields = {"image_filename",
                                                 "mask_filename",
                                                 "anomaly_type",
                                                 "guidance",
                                                 "seed",
                                                 "num_steps",
                                                 "num_generated_images",
                                                 "crop_and_paste",
                                                 "crop_ratio",
                                                 "crop_grid_X",
                                                 "crop_grid_Y",
                                                 "poisson_blend",
                                                 "shift_values",
                                                 "rotation_angle",
                                                 "morph_operation",
                                                 "morph_kernel_size",
                                                 "morph_iterations",
                                                 "scale_factor",
                                                 "output_filename",
                                                 "negative_prompt",
                                                 "prompt"};

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// One line with its place, so that every message names both.
class Line {
 public:
  Line(const Json& json, std::string where, fs::path folder)
      : json_(json), where_(std::move(where)), folder_(std::move(folder)) {}

  bool has(const char* name) const { return json_.contains(name) && !json_[name].is_null(); }
  std::string words(const char* name) const {
    if (!has(name)) throw FormatError(where_, ": field '", name, "' is missing");
    if (!json_[name].is_string())
      throw FormatError(where_, ": field '", name, "' is ", json_[name].dump(), ", expected a string");
    return json_[name].get<std::string>();
  }
  std::int64_t integer(const char* name, std::int64_t otherwise, std::int64_t low, std::int64_t high) const {
    if (!has(name)) return otherwise;
    const auto& value = json_[name];
    const bool fits =
        value.is_number_integer() && (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX);
    if (!fits || value.get<std::int64_t>() < low || value.get<std::int64_t>() > high)
      throw FormatError(where_, ": field '", name, "' is ", value.dump(), ", expected an integer from ", low,
                        " to ", high);
    return value.get<std::int64_t>();
  }
  fs::path file(const char* name) const {
    const fs::path given = words(name), path = given.is_absolute() ? given : folder_ / given;
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored))
      throw InputError(where_, ": ", name, " '", given.string(), "': no such file (looked for ",
                       path.string(), ")");
    return path;
  }
  const std::string& where() const { return where_; }

 private:
  const Json& json_;
  std::string where_;
  fs::path folder_;
};

/// A scene's name: its path as written, without extension.
std::string scene_name(const std::string& written) {
  return fs::path(written).lexically_normal().replace_extension().generic_string();
}

Job own_job(const Line& line, const std::vector<Reference>& references, std::uint64_t seed) {
  Job job;
  job.scene.image = line.file("source");
  job.scene.name = scene_name(line.words("source"));
  if (line.has("out")) {
    const std::string out = line.words("out");
    refuse_lossy(out, line.where());
    job.scene.name = scene_name(out);
  }
  if (line.has("mask") && line.words("mask") != "auto") {
    job.scene.mask = line.file("mask");
    job.scene.mask_name = scene_name(line.words("mask"));
  }
  job.seed = static_cast<std::uint64_t>(line.integer("seed", static_cast<std::int64_t>(seed), 0, INT64_MAX));
  job.n = static_cast<int>(line.integer("n", 1, 1, 100000));
  if (line.has("reference")) {
    std::optional<fs::path> mask;
    if (line.has("reference_mask")) mask = line.file("reference_mask");
    job.reference = find_reference(line.file("reference"), mask);
  } else if (line.has("reference_mask")) {
    throw FormatError(line.where(), ": field 'reference_mask' without 'reference'");
  } else if (references.empty()) {
    throw FormatError(line.where(),
                      ": field 'reference' is missing, and no references folder was given to draw one from");
  } else {
    job.reference = pick_reference(references, "", job.seed, job.scene.name);
  }
  return job;
}

Job foreign_job(const Line& line, const std::vector<Reference>& references, std::uint64_t seed) {
  Job job;
  job.scene.image = line.file("image_filename");
  job.scene.name = scene_name(line.words("image_filename"));
  if (line.has("mask_filename")) {
    job.scene.mask = line.file("mask_filename");
    job.scene.mask_name = scene_name(line.words("mask_filename"));
  }
  job.seed = static_cast<std::uint64_t>(line.integer("seed", static_cast<std::int64_t>(seed), 0, INT64_MAX));
  job.n = static_cast<int>(line.integer("num_generated_images", 1, 1, 100000));
  const std::string type = line.words("anomaly_type");
  const auto plus = type.rfind('+');
  if (plus != std::string::npos) job.scene.object = type.substr(0, plus);
  try {
    job.reference = pick_reference(references, type, job.seed, job.scene.name);
  } catch (const InputError& error) {
    throw InputError(line.where(), ": ", error.what());
  }
  return job;
}

}  // namespace

JobList read_jobs(const fs::path& file, const std::vector<Reference>& references, std::uint64_t seed) {
  const std::string content = read_file(file);
  JobList out;
  std::map<std::string, int> seen;
  int number = 0;
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t end = std::min(content.find('\n', at), content.size());
    const std::string row = content.substr(at, end - at);
    const std::string where = text(file.string(), ":", ++number);
    at = end + 1;
    if (row.find_first_not_of(" \t\r") == std::string::npos) continue;
    const Json json = parse_json(row, where);
    if (!json.is_object()) throw FormatError(where, ": expected one JSON object a line");

    const bool is_foreign = json.contains("image_filename");
    const auto& known = is_foreign ? kForeignFields : kOurFields;
    const std::vector<std::string> used =
        is_foreign
            ? std::vector<std::string>{"image_filename", "mask_filename", "anomaly_type", "seed",
                                       "num_generated_images"}
            : std::vector<std::string>{"source", "mask", "reference", "reference_mask", "seed", "n", "out"};
    for (const auto& [name, value] : json.items()) {
      if (!contains(known, name)) {
        const std::string near = closest(name, known);
        throw FormatError(where, ": unknown field '", name, "'",
                          near.empty() ? "" : ", did you mean '" + near + "'");
      }
      if (!contains(used, name) && !contains(out.ignored_fields, name)) out.ignored_fields.push_back(name);
    }
    const Line line(json, where, file.parent_path());
    Job job = is_foreign ? foreign_job(line, references, seed) : own_job(line, references, seed);
    job.line = number;
    const std::string id = item_id(job.scene.name, job.scene.mask_name, 1, job.seed);
    const auto [earlier, is_new] = seen.try_emplace(id, number);
    if (!is_new)
      throw InputError(
          where, ": writes the same pictures as line ", earlier->second,
          " (same source, mask and seed). Give one of them another seed or an 'out' of its own.");
    out.jobs.push_back(std::move(job));
  }
  if (out.jobs.empty()) throw InputError(file.string(), ": holds no job; one JSON object a line is expected");
  return out;
}

}  // namespace unidg::dataset
