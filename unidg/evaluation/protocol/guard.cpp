#include "unidg/evaluation/protocol/guard.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <set>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/files_of.h"

namespace unidg::evaluation {
namespace fs = std::filesystem;
namespace {

constexpr double kGap = 0.25;  ///< same specimen: this far above what photos of the product usually share
constexpr std::size_t kFewestPairs = 2000;  ///< for an estimate of "usually"

std::string good_key(const fs::path& file, const char* folder) {
  return text(folder, "/good/", file.stem().string());
}

Mask grown(const Mask& mask, int pixels) {
  cv::Mat out;
  cv::dilate(mask.pixels(), out, cv::Mat::ones(2 * pixels + 1, 2 * pixels + 1, CV_8UC1));
  return Mask(out);
}

/// The value that one in a thousand exceeds.
double quantile_999(const cv::Mat& values) {
  std::vector<float> all;
  for (int i = 0; i < values.rows; ++i)
    all.insert(all.end(), values.ptr<float>(i), values.ptr<float>(i) + values.cols);
  const auto at = all.begin() + static_cast<std::ptrdiff_t>(0.999 * static_cast<double>(all.size() - 1));
  std::nth_element(all.begin(), at, all.end());
  return *at;
}

std::vector<Fingerprint> fingerprints_of(const std::vector<fs::path>& files, Progress& progress) {
  std::vector<Fingerprint> out;
  for (const auto& file : files) {
    if (interrupted()) throw Interrupted("interrupted while reading ", file.string());
    out.push_back(fingerprint(load_image(file)));
    progress.advance();
  }
  return out;
}

}  // namespace

void fields(FieldVisitor& visit, GuardConfig& c) {
  visit("check", c.check, any(), "false: no picture is compared with the test set (the report says so)");
  visit("copy", c.copy, in(0.5, 1.0), "similarity from which one photo is a copy of another");
  visit("same_part", c.same_part, one_of({"leave_out", "stop", "ignore"}),
        "photos of the pool that show a specimen of the test set");
  visit("blocks", c.blocks, in(1, 1000), "unchanged 8 x 8 blocks that make a pasted copy");
}

Guard::Guard(const Product& product, GuardConfig config) : config_(config), index_({}) {
  std::size_t defects = 0;
  for (const auto& type : product.types) defects += type.pool.size() + type.test.size();
  Progress progress(
      "hashes of " + product.name,
      static_cast<std::int64_t>(product.good_train.size() + product.good_test.size() + defects));
  std::string content;
  const auto note = [&](const std::string& key, const Fingerprint& photo, const fs::path& mask) {
    content += key + " " + photo.sha256 + (mask.empty() ? "" : " " + sha256_hex(read_file(mask))) + "\n";
  };

  used_ = fingerprints_of(product.good_train, progress);
  for (std::size_t i = 0; i < used_.size(); ++i) {
    used_keys_.push_back(good_key(product.good_train[i], "train"));
    note(used_keys_.back(), used_[i], {});
  }
  index_ = PhotoIndex(used_);
  test_ = fingerprints_of(product.good_test, progress);
  for (std::size_t i = 0; i < test_.size(); ++i) {
    test_keys_.push_back(good_key(product.good_test[i], "test"));
    note(test_keys_.back(), test_[i], {});
  }
  for (const auto& type : product.types) {
    for (const auto* files : {&type.pool, &type.test}) {
      const bool is_test = files == &type.test;
      for (const auto& file : *files) {
        if (interrupted()) throw Interrupted("interrupted while reading ", file.image.string());
        const auto defect = load_defect(file);
        auto photo = fingerprint(defect.image);
        note(file.key, photo, file.mask);
        (is_test ? test_ : used_).push_back(std::move(photo));
        (is_test ? test_keys_ : used_keys_).push_back(file.key);
        if (is_test) add_blocks(defect, file.key);
        progress.advance();
      }
    }
  }
  for (const auto& photo : test_) index_.add(photo);
  data_sha256_ = sha256_hex(content);
}

void Guard::add_blocks(const MaskedImage& defect, const std::string& key) {
  if (!config_.check) return;
  constexpr int kMargin = 4;  // pixels around a defect that are pasted with it
  blocks_.add(defect.image, grown(defect.mask, kMargin));
  block_keys_.push_back(key);
}

void Guard::add_size(const Product& resized) {
  for (const auto& type : resized.types)
    for (const auto& file : type.test) add_blocks(load_defect(file), file.key);
}

Product Guard::without_test(Product product) {
  if (!config_.check) return product;
  const cv::Mat similarity = index_.similarities(used_);
  same_part_level_ = 0.75;
  if (similarity.total() >= kFewestPairs)
    same_part_level_ = std::clamp(quantile_999(similarity) + kGap, 0.45, 0.75);

  std::set<std::string> leave_out;
  for (int i = 0; i < similarity.rows; ++i) {
    for (int j = 0; j < similarity.cols; ++j) {
      const auto& used = used_keys_[static_cast<std::size_t>(i)];
      const auto& test = test_keys_[static_cast<std::size_t>(j)];
      const double value = similarity.at<float>(i, j);
      const bool is_equal =
          used_[static_cast<std::size_t>(i)].sha256 == test_[static_cast<std::size_t>(j)].sha256;
      if (is_equal || value >= config_.copy)
        throw LeakError(product.folder.string(), ": ", used, " and ", test, " are ",
                        is_equal ? "the same picture" : text("copies of one photo (similarity ", value, ")"),
                        ", but the first is learned from and the second is test. Remove one of them.");
      if (value < same_part_level_ || config_.same_part == "ignore") continue;
      if (config_.same_part == "stop")
        throw LeakError(product.folder.string(), ": ", used, " and ", test,
                        " show the same specimen (similarity ", value,
                        "), but the first is learned from and the second is test. Remove one, or pass --set "
                        "guard.same_part=leave_out.");
      same_parts_.push_back({used, test, value});
      if (leave_out.insert(used).second)
        product.left_out.push_back(text(used, ": same specimen as ", test, " (similarity ", value, ")"));
    }
  }
  std::erase_if(product.good_train,
                [&](const fs::path& file) { return leave_out.count(good_key(file, "train")) > 0; });
  for (auto& type : product.types) {
    std::erase_if(type.pool, [&](const DefectFile& file) { return leave_out.count(file.key) > 0; });
    if (type.pool.empty())
      throw InputError(
          (product.folder / "test" / type.name).string(),
          ": every picture of the pool shows a specimen that is also in the test set. Number the pictures "
          "so that one specimen's stand together, or leave the type out.");
  }
  used_.clear();
  return product;
}

void Guard::refuse_copy(const std::string& name, const Image& image, const Mask& changed) const {
  if (!config_.check) return;
  const auto photo = fingerprint(image);
  for (std::size_t i = 0; i < test_.size(); ++i)
    if (test_[i].sha256 == photo.sha256)
      throw LeakError(name, " is the test picture ", test_keys_[i],
                      ". Whoever made it has seen the test set.");
  const auto nearest = index_.nearest({photo}).front();
  if (nearest.similarity >= config_.copy)
    throw LeakError(name, " is a copy of the test picture ", test_keys_[nearest.index], " (similarity ",
                    nearest.similarity, "). Whoever made it has seen the test set.");
  Mask everywhere = changed;
  if (changed.pixels().empty())
    everywhere = Mask(cv::Mat(image.height(), image.width(), CV_8UC1, cv::Scalar(255)));
  const auto pasted = blocks_.most(image, everywhere);
  if (pasted.blocks >= config_.blocks)
    throw LeakError(name, " holds pixels of the test picture ", block_keys_[pasted.index], " (",
                    pasted.blocks, " unchanged blocks). Whoever made it has seen the test set.");
}

void Guard::refuse_training_list(const fs::path& list, const std::string& model) const {
  if (!config_.check) return;
  std::error_code ignored;
  if (fs::is_directory(list, ignored)) {
    for (const auto& file : dataset::pictures_below(list))
      refuse_copy(text("model ", model, ": training picture ", file.path.string()), load_image(file.path));
    return;
  }
  std::istringstream lines(read_file(list));
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty()) continue;
    const auto where = text(list.string(), ":", number);
    const auto entry = parse_json(line, where);
    const auto field = [&](const char* key) -> std::string {
      return entry.is_object() && entry.contains(key) && entry[key].is_string()
                 ? entry[key].get<std::string>()
                 : "";
    };
    const auto sha256 = field("sha256"), dhash = field("dhash");
    if (sha256.empty())
      throw FormatError(where,
                        ": a training list has \"sha256\" (of size and decoded RGB samples) in every line");
    constexpr std::size_t kHashDigits = 64;
    if (!dhash.empty() && dhash.size() != kHashDigits)
      throw FormatError(where, ": \"dhash\" has ", dhash.size(), " digits, expected ", kHashDigits,
                        " hexadecimal ones");
    for (std::size_t i = 0; i < test_.size(); ++i)
      if (sha256 == test_[i].sha256 || dhash == hash_hex(test_[i].brighter))
        throw LeakError(where, ": model ", model, " was trained on ", field("name"),
                        ", which is the test picture ", test_keys_[i],
                        ". Compare it on other products, or train it without this picture.");
  }
}

}  // namespace unidg::evaluation
