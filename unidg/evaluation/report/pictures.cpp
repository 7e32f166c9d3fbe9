#include "unidg/evaluation/report/pictures.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <set>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/dataset/gallery.h"
#include "unidg/dataset/manifest.h"
#include "unidg/evaluation/report/fields_of.h"

namespace unidg::evaluation::report {
namespace fs = std::filesystem;
namespace {

constexpr int kJpegQuality = 86;

cv::Mat fitted(const cv::Mat& picture, int side) {
  const double scale = static_cast<double>(side) / std::max(picture.cols, picture.rows);
  const cv::Size size(std::max(1, static_cast<int>(picture.cols * scale + 0.5)),
                      std::max(1, static_cast<int>(picture.rows * scale + 0.5)));
  cv::Mat out;
  cv::resize(picture, out, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  return out;
}

std::string data_uri(const cv::Mat& rgb) {
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", bgr, bytes, {cv::IMWRITE_JPEG_QUALITY, kJpegQuality});
  return "data:image/jpeg;base64," + base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string zoomed(const Image& image, const Mask& mask, int side) {
  const cv::Rect whole(0, 0, image.width(), image.height());
  const cv::Rect window = mask.is_empty() ? whole : dataset::zoom_window(mask) & whole;
  return window.empty() ? "" : data_uri(fitted(image.rgb8()(window), side));
}

/// A set of the first seed with its entries by id.
struct Folder {
  std::string generator;
  fs::path path;
  std::vector<dataset::ManifestEntry> entries;

  const dataset::ManifestEntry* find(const std::string& id) const {
    const auto found =
        std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.id == id; });
    return found == entries.end() ? nullptr : &*found;
  }
};

std::vector<Folder> folders_of(const Run& run, const std::string& product,
                               std::vector<std::string>& warnings) {
  std::vector<Folder> out;
  for (const Generator& generator : run.generators) {
    fs::path path;
    for (const GeneratedSet& set : run.sets)
      if (path.empty() && set.generator == generator.name && set.product == product) path = set.folder;
    if (path.empty() && !run.seeds.empty())
      path = fs::path("generated") / generator.name / product / text("seed-", run.seeds.front());
    if (path.is_relative()) path = run.folder / path;
    if (!fs::exists(path / "manifest.jsonl")) continue;
    try {
      out.push_back({generator.name, path, dataset::read_manifest(path)});
    } catch (const Error& error) {
      warnings.push_back(error.what());
    }
  }
  return out;
}

/// Defect type of each target, by id; empty when the run kept no plan.
std::map<std::string, std::string> types_by_id(const Run& run, const std::string& product,
                                               std::vector<std::string>& warnings) {
  std::map<std::string, std::string> out;
  if (run.seeds.empty()) return out;
  const fs::path plan = run.folder / "targets" / product / text("seed-", run.seeds.front()) / "plan.jsonl";
  if (!fs::exists(plan)) return out;
  for (const JsonLine& line : read_json_lines(plan.string(), warnings)) {
    FieldsOf fields(line.json, line.where);
    out[fields.text("id")] = fields.text_or("type", "");
  }
  return out;
}

/// Targets that most generators painted, of as many types as possible.
std::vector<std::string> chosen_ids(const std::vector<Folder>& folders,
                                    const std::map<std::string, std::string>& types, int count) {
  std::map<std::string, std::size_t> painted;  // sorted: the choice does not hang on the order of manifests
  for (const Folder& folder : folders)
    for (const auto& entry : folder.entries)
      if (entry.status != "failed") ++painted[entry.id];
  std::size_t most = 0;
  for (const auto& [id, times] : painted) most = std::max(most, times);
  std::vector<std::string> out;
  std::set<std::string> seen;
  for (const bool new_types_only : {true, false})
    for (const auto& [id, times] : painted) {
      const auto type = types.find(id);
      const bool is_known = type != types.end() && seen.count(type->second) > 0;
      if (times < most || (new_types_only && is_known) || static_cast<int>(out.size()) >= count) continue;
      if (std::find(out.begin(), out.end(), id) != out.end()) continue;
      out.push_back(id);
      if (type != types.end()) seen.insert(type->second);
    }
  return out;
}

Painted painted_by(const Folder& folder, const std::string& label, const std::string& id, int side) {
  Painted out{label, "", "", "missing"};
  const auto* entry = folder.find(id);
  if (!entry) return out;
  out.status = entry->status;
  if (entry->abnormal.empty()) return out;
  const Image result = load_image(folder.path / entry->abnormal);
  out.result = thumbnail(result, side);
  if (!entry->mask.empty()) out.zoom = zoomed(result, load_mask(folder.path / entry->mask), side);
  return out;
}

/// The file of a test picture: in the copy that the run made, else in the product's own folder. Results name
/// it with or without its extension.
fs::path test_picture(const Run& run, const std::string& product, const std::string& image) {
  std::vector<fs::path> folders = {run.folder / "products" / product};
  for (const Product& p : run.products)
    if (p.name == product) folders.insert(folders.end(), {p.folder, run.folder / p.folder});
  if (const auto data = run.config.find("data"); data != run.config.end() && data->is_string())
    folders.push_back(fs::path(data->get<std::string>()) / product);
  for (const auto& folder : folders)
    for (const char* extension : {"", ".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
      if (const fs::path file = folder / (image + extension); fs::is_regular_file(file)) return file;
  return {};
}

/// test/TYPE/STEM.* has its ground truth in ground_truth/TYPE/STEM_mask.png.
fs::path truth_of(const fs::path& picture) {
  const fs::path type = picture.parent_path();
  return type.parent_path().parent_path() / "ground_truth" / type.filename() /
         (picture.stem().string() + "_mask.png");
}

}  // namespace

std::string base64(std::string_view bytes) {
  static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t k) {
      return k < bytes.size() ? static_cast<unsigned>(static_cast<unsigned char>(bytes[k])) : 0U;
    };
    const unsigned bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    out += letters[bits >> 18 & 63];
    out += letters[bits >> 12 & 63];
    out += i + 1 < bytes.size() ? letters[bits >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? letters[bits & 63] : '=';
  }
  return out;
}

std::string thumbnail(const Image& image, int side) { return data_uri(fitted(image.rgb8(), side)); }

std::string outlined(const Image& image, const Mask& mask, int side) {
  const cv::Mat small = fitted(image.rgb8(), side);
  cv::Mat area;
  cv::resize(mask.pixels(), area, small.size(), 0, 0, cv::INTER_AREA);
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(area > 0, contours, cv::RETR_LIST, cv::CHAIN_APPROX_NONE);  // a thin scratch stays visible
  cv::Mat drawn = small.clone();
  cv::drawContours(drawn, contours, -1, cv::Scalar(255, 44, 120), 1, cv::LINE_AA);
  return data_uri(drawn);
}

std::vector<Sample> samples(const Run& run, const SampleLimits& limits, std::vector<std::string>& warnings) {
  std::vector<Sample> out;
  for (const Product& product : run.products) {
    const auto folders = folders_of(run, product.name, warnings);
    const auto types = types_by_id(run, product.name, warnings);
    for (const auto& id : chosen_ids(folders, types, limits.per_product)) try {
        Sample sample;
        sample.product = product.name, sample.id = id;
        if (const auto type = types.find(id); type != types.end()) sample.type = type->second;
        for (const Folder& folder : folders) {
          sample.painted.push_back(painted_by(folder, run.label(folder.generator), id, limits.side));
          const auto* entry = folder.find(id);
          if (!entry || entry->mask.empty()) continue;
          if (sample.scene.empty() && !entry->normal.empty())
            sample.scene = outlined(load_image(folder.path / entry->normal),
                                    load_mask(folder.path / entry->mask), limits.side);
          if (sample.reference.empty() && !entry->reference.empty() && !entry->reference_mask.empty())
            sample.reference = outlined(load_image(folder.path / entry->reference),
                                        load_mask(folder.path / entry->reference_mask), limits.side);
        }
        out.push_back(std::move(sample));
      } catch (const InputError& error) {
        warnings.push_back(error.what());
      }
  }
  return out;
}

std::vector<WorstPicture> worst_pictures(const Run& run, const SampleLimits& limits) {
  std::vector<WorstPicture> out;
  for (const Result& result : run.results) {
    if (result.task != "localisation" || run.seeds.empty() || result.seed != run.seeds.front()) continue;
    std::map<std::string, int> shown;
    for (const WorstCase& worst : result.worst) {
      if (++shown[worst.why] > limits.worst) continue;
      WorstPicture picture{
          result.product, run.label(result.generator), worst.why, worst.type, worst.image, worst.score, ""};
      const fs::path file = test_picture(run, result.product, worst.image);
      if (!file.empty()) try {
          const Image image = load_image(file);
          const fs::path truth = truth_of(file);
          picture.picture = fs::exists(truth) ? outlined(image, load_mask(truth), limits.side)
                                              : thumbnail(image, limits.side);
        } catch (const InputError&) {  // the row stays, without its picture
        }
      out.push_back(std::move(picture));
    }
  }
  return out;
}

}  // namespace unidg::evaluation::report
