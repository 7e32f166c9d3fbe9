#pragma once
#include <opencv2/core.hpp>
#include <string>

#include "support/temp_folder.h"
#include "unidg/core/config.h"
#include "unidg/image/image.h"

namespace unidg::testing {

/// A run folder written by hand: products bottle, pill (in the paper) and tile_x (not), generators crop-paste
/// and ours, seeds 0, 1, 2.
struct RunFolder {
  TempFolder temp;
  std::filesystem::path path() const { return temp.path(); }

  static Json head() {
    Json types = Json::array({{{"name", "hole"}, {"images", 12}, {"pool", 4}, {"test", 8}},
                              {{"name", "scratch"}, {"images", 9}, {"pool", 3}, {"test", 6}}});
    Json products = Json::array();
    for (const std::string name : {"bottle", "pill", "tile_x"})
      products.push_back({{"name", name},
                          {"folder", "data/" + name},
                          {"good_train", 20},
                          {"good_test", 10},
                          {"types", types},
                          {"data_sha256", "0123456789abcdef0123456789abcdef"}});
    return {{"format", 1},
            {"name", "small & <hand-written>"},
            {"version", "0.1.0"},
            {"date", "2026-11-22T00:00:00Z"},
            {"config", {{"train.preset", "cpu"}}},
            {"switches",
             {{{"name", "eval.checkpoint"},
               {"value", "best-test"},
               {"ours", "last"},
               {"published", "best-test"},
               {"meaning", "which checkpoint is scored"}}}},
            {"deviations", {"eval.checkpoint"}},
            {"as_published", false},
            {"products", products},
            {"generators",
             {{{"name", "crop-paste"},
               {"kind", "crop-paste"},
               {"label", "Crop-Paste"},
               {"settings", Json::object()}},
              {{"name", "ours"}, {"kind", "unidg"}, {"label", "UniDG_small 100%"}, {"parameters", 1234567}}}},
            {"seeds", {0, 1, 2}},
            {"tasks", {"localisation"}},
            {"cells", 18},
            {"machine", {{"cpu", "a CPU"}, {"cores", 2}, {"memory_gib", 23.4}, {"device", "cpu"}}}};
  }

  /// @param score AP-P, a fraction; the other scores follow from it
  static Json line(const std::string& product, const std::string& generator, int seed, double score) {
    return {
        {"cell", "localisation/" + product + "/" + generator + "/" + std::to_string(seed)},
        {"task", "localisation"},
        {"product", product},
        {"generator", generator},
        {"seed", seed},
        {"scores", {{"ap_pixel", score}, {"auroc_image", 0.5 + score / 2}, {"f1_image", nullptr}}},
        {"per_type",
         {{"hole", {{"n", 8}, {"ap_pixel", score}}}, {"scratch", {{"n", 6}, {"ap_pixel", score / 2}}}}},
        {"seconds", 61.5},
        {"n_generated", 100},
        {"settings_hash", "00000000000000ff"},
        {"intervals", {{"ap_pixel", {score - 0.05, score + 0.05}}}},
        {"curves", {{"roc_image", {{0, 0}, {0.1, 0.8}, {1, 1}}}}},
        {"worst", {{{"image", "test/hole/000.png"}, {"type", "hole"}, {"score", 0.125}, {"why", "missed"}}}},
        {"trained",
         {{"network", "small"}, {"parameters", 100}, {"preset", "cpu"}, {"steps", 3}, {"seconds", 60}}}};
  }

  void write_head(const Json& json) const { temp.write("run.json", json.dump()); }
  void write_results(const std::vector<Json>& lines) const {
    std::string all;
    for (const Json& line : lines) all += line.dump() + "\n";
    temp.write("results.jsonl", all);
  }
  /// Every cell. AP-P is 0.60, 0.50, 0.70 for Crop-Paste and 10 points more for ours; 10 more on pill.
  static std::vector<Json> all_lines() {
    std::vector<Json> out;
    const double by_seed[] = {0.60, 0.50, 0.70};
    for (const std::string product : {"bottle", "pill", "tile_x"})
      for (const std::string generator : {"crop-paste", "ours"})
        for (int seed = 0; seed < 3; ++seed)
          out.push_back(
              line(product, generator, seed,
                   by_seed[seed] + (generator == "ours" ? 0.1 : 0) + (product == "pill" ? 0.1 : 0)));
    return out;
  }
  void write_all() const { write_head(head()), write_results(all_lines()); }

  /// The pictures of one generator on bottle, seed 0: two targets.
  void write_set(const std::string& generator) const {
    const std::string folder = "generated/" + generator + "/bottle/seed-0/";
    std::string manifest;
    for (const std::string id : {"a-0000000000", "b-0000000000"}) {
      Image picture(40, 30, PixelFormat::Rgb8);
      picture.pixels() = cv::Scalar(90, 120, 150);
      Mask mask(40, 30);
      mask.pixels()(cv::Rect(10, 8, 9, 6)) = 255;
      save_png(temp.path() / (folder + "normal/" + id + ".png"), picture);
      save_png(temp.path() / (folder + "abnormal/" + id + ".png"), picture);
      save_png(temp.path() / (folder + "mask/" + id + ".png"), mask);
      const Json entry = {{"id", id},
                          {"abnormal", "abnormal/" + id + ".png"},
                          {"normal", "normal/" + id + ".png"},
                          {"mask", "mask/" + id + ".png"},
                          {"mask_used", nullptr},
                          {"caption", nullptr},
                          {"reference", nullptr},
                          {"reference_mask", nullptr},
                          {"seed", 0},
                          {"steps", 0},
                          {"model", "none"},
                          {"status", "ok"}};
      manifest += entry.dump() + "\n";
    }
    temp.write(folder + "manifest.jsonl", manifest);
  }
};

}  // namespace unidg::testing
