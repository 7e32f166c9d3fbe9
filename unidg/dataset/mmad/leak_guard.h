#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "unidg/dataset/mmad/questions.h"
#include "unidg/dataset/sets/duplicates.h"

namespace unidg::dataset::mmad {

/// Keeps questioned pictures out of the context: knows the bytes and the looks of all of them.
class LeakGuard {
 public:
  /// Reads every questioned picture. Those that are missing or unreadable are noted.
  /// @throws InputError when none can be read; Interrupted
  LeakGuard(const std::vector<Picture>& pictures, std::filesystem::path data, int threads,
            sets::Notes& notes);

  /// True for the hash of a questioned file.
  bool is_questioned(const std::string& sha256) const { return files_.count(sha256) > 0; }
  /// True when the picture is a questioned one encoded, resized or exposed again.
  /// @param object of the picture: what all photos of one object share says nothing
  bool shows_questioned(const Image& image, const std::string& object) const;

 private:
  struct Seen {
    std::string file, object;
    sets::PictureHash hash{};
  };
  const cv::Mat& typical(const std::string& object) const;
  std::filesystem::path data_;
  std::vector<Seen> seen_;
  std::set<std::string> files_;
  mutable std::map<std::string, cv::Mat> typical_;  ///< by object, made when first needed
};

}  // namespace unidg::dataset::mmad
