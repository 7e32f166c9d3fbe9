#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/temp_folder.h"
#include "unidg/core/files.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/sets/import.h"

/// Small folders after published listings.
namespace unidg::dataset::sets::testing_listing {

namespace fs = std::filesystem;

/// A picture that no other one is like: seeded grey noise in blocks.
inline Image photo(std::uint64_t seed, int width = 32, int height = 24,
                   PixelFormat format = PixelFormat::Rgb8) {
  Image out(width, height, format);
  Rng rng(seed, "photo");
  for (std::size_t i = 0; i < out.pixels().total() * out.pixels().elemSize(); ++i)
    out.pixels().data[i] = static_cast<std::uint8_t>(rng.bits());
  return out;
}

inline Mask rectangle(cv::Rect at, int width = 32, int height = 24) {
  Mask out(width, height);
  out.pixels()(at).setTo(255);
  return out;
}

/// The mask `number` of a test: every one another rectangle.
inline Mask numbered(int number, int width = 32, int height = 24) {
  return rectangle({1 + number % 9, 2 + number % 7, 5 + number % 4, 6}, width, height);
}

inline void put(const fs::path& file, const Image& image) { save_png(file, image); }
inline void put(const fs::path& file, const Mask& mask) { save_png(file, mask); }
inline void put(const fs::path& file, const std::string& words) { write_file_atomic(file, words); }

/// Everything a reader gives, with the notes.
struct Reading {
  std::vector<Sample> samples;
  Notes notes;
};
inline Reading read_as(const std::string& reader, const fs::path& folder) {
  Reading out;
  const Tree tree(folder, &out.notes);
  reader_named(reader).read(
      tree, [&](Sample sample) { out.samples.push_back(std::move(sample)); }, out.notes);
  return out;
}

/// The name of the layout that fits best.
inline std::string recognised(const fs::path& folder) { return recognise(Tree(folder)).front().reader->name; }

inline Mask mask_of(const Sample& sample) {
  return load_mask(sample, decode_image(read_bytes(sample.image), sample.image.name()));
}

/// "object/type/split stem" of each sample: what a reader should know.
inline std::vector<std::string> told(const Reading& reading) {
  std::vector<std::string> out;
  for (const auto& sample : reading.samples)
    out.push_back(
        sample.object + "/" + sample.type + "/" + sample.split + " " +
        stem(sample.image.member.empty() ? sample.image.path.generic_string() : sample.image.member));
  return out;
}

/// What must survive export and import: by the hash of the picture's samples, in any order.
struct Kept {
  std::string object, type, split, mask;
  bool operator==(const Kept&) const = default;
};
inline std::string pixel_hash(const cv::Mat& pixels) {
  const cv::Mat whole = pixels.isContinuous() ? pixels : pixels.clone();
  return sha256_hex(whole.data, whole.total() * whole.elemSize());
}
inline std::map<std::string, Kept> kept(const fs::path& set) {
  std::map<std::string, Kept> out;
  for (const auto& entry : read_set(set)) {
    const auto image = load_image(set / entry.picture());
    const auto mask =
        entry.is_normal() ? Mask(image.width(), image.height()) : load_mask(to_sample(entry, set), image);
    out[pixel_hash(image.pixels())] = {entry.object, entry.type, entry.split, pixel_hash(mask.pixels())};
  }
  return out;
}

}  // namespace unidg::dataset::sets::testing_listing
