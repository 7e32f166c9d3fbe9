#include "unidg/evaluation/protocol/sets.h"

#include <algorithm>
#include <chrono>
#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/log.h"
#include "unidg/core/progress.h"
#include "unidg/core/version.h"
#include "unidg/dataset/manifest.h"
#include "unidg/evaluation/protocol/generators.h"
#include "unidg/evaluation/protocol/picture_size.h"
#include "unidg/generation/batch.h"

namespace unidg::evaluation {
namespace fs = std::filesystem;
namespace {

constexpr const char* kDrawn = "procedural:";

std::string seed_folder(std::uint64_t seed) { return text("seed-", seed); }

Sample good_sample(const fs::path& file, const std::string& name) {
  return to_sample(load_image(file), Mask(), -1, name);
}

ProductData decoded(Product product, std::shared_ptr<const Guard> guard) {
  ProductData data;
  for (const auto& file : product.good_train) data.good.push_back(good_sample(file, file.string()));
  for (const auto& file : product.good_test) {
    data.test.samples.push_back(good_sample(file, file.string()));
    data.test_keys.push_back("test/good/" + file.stem().string());
    data.is_other_half.push_back(true);
  }
  for (const auto& type : product.types) {
    const auto label = static_cast<int>(data.types.size());
    data.types.push_back(type.name);
    for (std::size_t i = 0; i < type.test.size(); ++i) {
      const auto& file = type.test[i];
      const auto defect = load_defect(file);
      data.test.samples.push_back(to_sample(defect.image, defect.mask, label, file.image.string()));
      data.test_keys.push_back(file.key);
      data.is_other_half.push_back(i % 2 == 1);
    }
  }
  data.product = std::move(product);
  data.guard = std::move(guard);
  return data;
}

/// Every picture gets the mask of one half a round further, and one: drawn types are hurt at the same places.
void exchange_masks(std::vector<Sample>& samples) {
  std::vector<cv::Mat> masks;
  for (const auto& sample : samples) masks.push_back(sample.mask);  // the test set shares them: never written
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto& other = masks[(i + samples.size() / 2 + 1) % samples.size()];
    cv::Mat exchanged;
    cv::resize(other, exchanged, samples[i].image.size(), 0, 0, cv::INTER_NEAREST);
    samples[i].mask = exchanged;
  }
}

}  // namespace

Sample to_sample(const Image& image, const Mask& mask, int label, const std::string& name) {
  return {image.rgb8(), mask.pixels(), label, name};
}

Sets::Sets(const RunConfig& config, fs::path out, Ledger& ledger)
    : config_(config), out_(std::move(out)), ledger_(ledger) {}
Sets::~Sets() = default;

fs::path Sets::source_folder(const std::string& name) {
  const std::lock_guard lock(mutex_);
  for (const auto& product : config_.products) {
    if (product != kDrawn + name) continue;
    const auto folder = out_ / "products" / name;
    draw_product_set(name, config_.drawn, folder);
    return folder;
  }
  return fs::path(config_.data) / name;
}

std::shared_ptr<const ProductData> Sets::product(const std::string& name) {
  const std::lock_guard lock(mutex_);
  auto& data = products_[name];
  if (data) return data;
  auto product = read_product(source_folder(name), config_.split);
  const auto guard = std::make_shared<Guard>(product, config_.guard);
  product = guard->without_test(std::move(product));
  const bool is_drawn = product.folder == out_ / "products" / name;
  if (config_.picture_size > 0 && !is_drawn) {
    product = at_picture_size(product, config_.picture_size, out_ / "products" / name);
    guard->add_size(product);
  }
  for (const auto& note : product.left_out) log_warning(name, " leaves out ", note);
  return data = std::make_shared<const ProductData>(decoded(std::move(product), guard));
}

const TargetPlan& Sets::plan(const std::string& name, std::uint64_t seed) {
  const std::lock_guard lock(mutex_);
  const auto key = std::make_pair(name, seed);
  if (const auto found = plans_.find(key); found != plans_.end()) return found->second;
  const auto data = product(name);
  const auto folder = out_ / "targets" / name / seed_folder(seed);
  auto plan = plan_targets(data->product, config_, seed, folder);
  write_plan(plan, data->product, config_, folder);
  return plans_[key] = std::move(plan);
}

const generation::Generator& Sets::generator(const GeneratorSpec& spec, const Product& product) {
  const bool is_network = spec.kind == "embedded" || spec.kind == "model" || spec.kind == "insert-anything";
  auto& made = generators_[is_network ? spec.name : spec.name + "/" + product.name];
  if (!made) made = make_generator(spec, product, config_.n);
  return *made;
}

TrainingPictures Sets::real_pictures(const GeneratorSpec& spec, const ProductData& data, std::uint64_t seed) {
  TrainingPictures out{{data.good, {}, data.types}, {}, {}, {}};
  if (spec.sees_test_half()) {
    for (std::size_t i = 0; i < data.test.samples.size(); ++i)
      if (!data.is_other_half[i]) out.set.defective.push_back(data.test.samples[i]);
    for (const auto& type : data.product.types)
      for (std::size_t i = 0; i < type.test.size(); i += 2)
        out.files.push_back({type.name, type.test[i].image, type.test[i].mask});
    if (spec.kind == "shuffled") exchange_masks(out.set.defective);
    return out;
  }
  const auto& shots = plan(data.product.name, seed).shots;
  for (std::size_t label = 0; label < data.types.size(); ++label)
    for (const auto& file : shots.at(data.types[label])) {
      const auto defect = load_defect(file);
      out.set.defective.push_back(
          to_sample(defect.image, defect.mask, static_cast<int>(label), file.image.string()));
      out.files.push_back({data.types[label], file.image, file.mask});
    }
  return out;
}

void Sets::generate(const GeneratorSpec& spec, const ProductData& data, const TargetPlan& plan,
                    const fs::path& folder) {
  std::vector<DefectType> others;
  if (!spec.references.empty()) others = read_product(source_folder(spec.references), config_.split).types;
  const auto batch = to_batch(plan, others);
  if (generation::count_finished(batch, folder) == batch.items.size()) return;

  const auto list = training_list_of(spec);
  if (!list.empty()) data.guard->refuse_training_list(list, spec.name);
  const auto& painter = generator(spec, data.product);
  log_info(spec.name, " paints ", batch.items.size(), " pictures of ", data.product.name, ", seed ",
           plan.seed);
  dataset::QuadrupletWriter writer(folder, {dataset::Layout::Quadruplet, {}, true, painter.source()});
  const auto start = std::chrono::steady_clock::now();
  const auto cost = cost_of(spec);
  const auto report =
      generation::run_batch(batch, painter, {}, writer, {{"version", kVersion}, {"weights", cost.weights}});
  if (report.is_interrupted)
    throw Interrupted("interrupted while ", spec.name, " painted ", data.product.name);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (report.made == 0 && report.skipped == 0)
    throw InputError(folder.string(), ": the generated set is empty: ",
                     report.failures.empty() ? "nothing was planned" : report.failures.front().reason);
  generation::finish_folder(folder);
  const auto size = data.good.front().image.size();
  ledger_.append_generated(
      {{"generator", spec.name},
       {"product", data.product.name},
       {"seed", plan.seed},
       {"folder", folder.lexically_relative(out_).generic_string()},
       {"n", report.made + report.skipped},
       {"weak", report.weak},
       {"failed", report.failures.size()},
       {"seconds", seconds},
       {"seconds_per_picture", report.made ? Json(seconds / static_cast<double>(report.made)) : Json()},
       {"width", size.width},
       {"height", size.height},
       {"steps", painter.steps() ? Json(painter.steps()) : Json()},
       {"parameters", cost.parameters ? Json(cost.parameters) : Json()},
       {"model", painter.name()}});
}

TrainingPictures Sets::pictures(const GeneratorSpec& spec, const std::string& name, std::uint64_t seed) {
  const std::lock_guard lock(mutex_);
  const auto data = product(name);
  if (spec.kind == "real-only" || spec.sees_test_half()) return real_pictures(spec, *data, seed);

  const auto& targets = plan(name, seed);
  const auto folder = out_ / "generated" / spec.name / name / seed_folder(seed);
  generate(spec, *data, targets, folder);

  std::map<std::string, dataset::ManifestEntry> entries;
  for (auto& entry : dataset::read_manifest(folder)) entries[entry.id] = std::move(entry);
  const auto seen = folder / "guard.json";  // written once every picture has passed
  const Json passed = {{"test_sha256", data->guard->data_sha256()}, {"pictures", entries.size()}};
  std::error_code ignored;
  const bool is_checked = fs::exists(seen, ignored) && parse_json(read_file(seen), seen.string()) == passed;

  TrainingPictures out{{data->good, {}, data->types}, {}, {}, folder};
  std::size_t failed = 0, weak = 0;
  for (const auto& target : targets.targets) {
    if (interrupted()) throw Interrupted("interrupted while reading ", folder.string());
    const auto found = entries.find(target.id);
    if (found == entries.end() || found->second.status == "failed") {
      ++failed;
      continue;
    }
    const auto& entry = found->second;
    weak += entry.status == "weak";
    const auto image = load_image(folder / entry.abnormal);
    const auto mask = load_mask(folder / entry.mask);
    if (!is_checked)
      data->guard->refuse_copy((folder / entry.abnormal).string(), image,
                               entry.normal.empty() ? Mask() : load_mask(folder / entry.mask_used));
    const auto label = std::find(data->types.begin(), data->types.end(), target.type) - data->types.begin();
    out.set.defective.push_back(
        to_sample(image, mask, static_cast<int>(label), (folder / entry.abnormal).string()));
    out.files.push_back({target.type, folder / entry.abnormal, folder / entry.mask});
  }
  if (out.set.defective.empty())
    throw InputError(folder.string(),
                     ": the generated set is empty; `unidg evaluate run` makes it again after the "
                     "folder is removed");
  if (!is_checked) write_file_atomic(seen, passed.dump() + "\n");
  if (failed) out.notes.push_back(text(failed, " of ", targets.targets.size(), " pictures failed"));
  if (weak) out.notes.push_back(text(weak, " of ", targets.targets.size(), " pictures show hardly a change"));
  return out;
}

}  // namespace unidg::evaluation
