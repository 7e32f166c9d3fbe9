#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drawn.h"
#include "run_here.h"
#include "support/folder_content.h"
#include "support/small_model.h"
#include "support/temp_folder.h"

namespace unidg::testing {

/// A folder with everything that a run needs: reference.png (+ mask), scenes/000.png ..., mask.png, tiny/ (a
/// model).
class Workshop : public ::testing::Test {
 protected:
  static constexpr int kSide = 96;

  void SetUp() override {
    write_reference(folder.path(), "reference", 7, kSide);
    write_scenes(folder / "scenes", 2, kSide);
    save_png(folder / "mask.png", square_mask(kSide, 24));
    write_tiny_model(folder / "tiny");
  }
  std::string path(const std::string& name) const { return (folder / name).string(); }

  /// `unidg generate` on the workshop's files; `changes` replaces options or adds to them ("" removes one).
  Arguments generate(const std::vector<std::pair<std::string, std::string>>& changes = {},
                     const Arguments& more = {}) const {
    std::vector<std::pair<std::string, std::string>> options{{"--reference", path("reference.png")},
                                                             {"--scenes", path("scenes")},
                                                             {"--masks", path("mask.png")},
                                                             {"--model", path("tiny")},
                                                             {"--out", path("out")}};
    for (const auto& [name, value] : changes) {
      std::erase_if(options, [&, key = name](const auto& option) { return option.first == key; });
      if (!value.empty()) options.emplace_back(name, value);
    }
    Arguments words{"generate"};
    for (const auto& [name, value] : options) words.insert(words.end(), {name, value});
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  TempFolder folder;
};

}  // namespace unidg::testing
