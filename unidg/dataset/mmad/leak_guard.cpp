#include "unidg/dataset/mmad/leak_guard.h"

#include <algorithm>

#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/sets/parallel.h"
#include "unidg/dataset/sets/taxonomy.h"

namespace unidg::dataset::mmad {
namespace {

constexpr std::size_t kTypical = 16, kFewestTypical = 8;  // pictures that stand for an object
constexpr std::size_t kCompared = 4;                      // of the nearest hashes: decoding costs

}  // namespace

LeakGuard::LeakGuard(const std::vector<Picture>& pictures, std::filesystem::path data, int threads,
                     sets::Notes& notes)
    : data_(std::move(data)) {
  struct Read {
    Seen seen;
    std::string sha256, problem;
  };
  std::vector<Read> reads(pictures.size());
  sets::parallel(pictures.size(), threads, [&](std::size_t i) {
    if (interrupted()) throw Interrupted("interrupted while the questioned pictures were read");
    const auto& picture = pictures[i];
    auto& read = reads[i];
    try {
      const auto file = data_ / picture.image;
      const auto bytes = read_file(file);
      read.sha256 = sha256_hex(bytes);
      read.seen = {picture.image, sets::plain_words(picture.object),
                   sets::picture_hash(decode_image(bytes, file.string()))};
    } catch (const InputError& error) {
      read.problem = error.what();
    }
  });
  for (auto& read : reads) {
    if (!read.sha256.empty()) files_.insert(read.sha256);
    if (read.problem.empty())
      seen_.push_back(std::move(read.seen));
    else
      notes.add("questioned picture that cannot be read", read.problem);
  }
  if (seen_.empty())
    throw InputError(data_.string(), ": none of the questioned pictures can be read (first: ",
                     pictures.empty() ? "none" : pictures.front().image,
                     "); --data is the folder that holds MMAD's DS-MVTec, VisA, ...");
}

const cv::Mat& LeakGuard::typical(const std::string& object) const {
  const auto known = typical_.find(object);
  if (known != typical_.end()) return known->second;
  std::vector<std::pair<std::uint64_t, const Seen*>> of_object;
  for (const auto& seen : seen_)
    if (seen.object == object) of_object.emplace_back(stable_hash("typical/" + seen.file), &seen);
  std::sort(of_object.begin(), of_object.end());
  if (of_object.size() > kTypical) of_object.resize(kTypical);
  cv::Mat mean;
  if (of_object.size() >= kFewestTypical) {
    for (const auto& [hash, seen] : of_object) {
      const auto fine = sets::fine_structure(load_image(data_ / seen->file));
      mean = mean.empty() ? fine.clone() : cv::Mat(mean + fine);
    }
    mean /= static_cast<double>(of_object.size());
  }
  return typical_[object] = mean;
}

bool LeakGuard::shows_questioned(const Image& image, const std::string& object) const {
  const auto hash = sets::picture_hash(image);
  std::vector<std::pair<int, const Seen*>> near;
  for (const auto& seen : seen_) {
    const int far = sets::distance(hash, seen.hash, sets::NearIndex::kFarthest);
    if (far <= sets::NearIndex::kFarthest) near.emplace_back(far, &seen);
  }
  if (near.empty()) return false;
  const auto is_nearer = [](const auto& a, const auto& b) { return a.first < b.first; };
  std::stable_sort(near.begin(), near.end(), is_nearer);
  if (near.size() > kCompared) near.resize(kCompared);
  const auto fine = sets::fine_structure(image);
  const auto words = sets::plain_words(object);
  return std::any_of(near.begin(), near.end(), [&](const auto& candidate) {
    const auto& seen = *candidate.second;
    const auto shared = seen.object == words ? typical(words) : cv::Mat();
    return sets::likeness(fine, sets::fine_structure(load_image(data_ / seen.file)), shared) >=
           sets::kSamePicture;
  });
}

}  // namespace unidg::dataset::mmad
