#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "unidg/core/config.h"

namespace unidg::agents {

/// What became of the items of one half.
struct Funnel {
  struct Share {
    std::size_t items = 0, kept = 0;
  };
  std::size_t items = 0, kept = 0, retried = 0;                       ///< retried: took more than one try
  std::map<std::string, std::map<std::string, std::size_t>> dropped;  ///< step, reason
  std::map<std::string, Share> sources;
  std::map<int, Share> categories;  ///< -1: without one

  std::size_t dropped_at(const std::string& step) const;
};

/// Steps of a half in the order in which an item may end there.
const std::vector<std::string>& curation_steps();

/// Counts of every half in ledger.jsonl (joined, where there were shards).
/// @throws InputError when there is no ledger
std::map<std::string, Funnel> count_funnels(const std::filesystem::path& folder);
Json to_json(const std::map<std::string, Funnel>& funnels);
/// Lines for the terminal.
std::string to_text(const std::map<std::string, Funnel>& funnels);

/// Writes curation.html and curation_report.json: the funnel as a picture, reasons, shares of sources and
/// categories, and pictures of what was kept and of what was dropped at each step. @returns the page
std::filesystem::path write_curation_report(const std::filesystem::path& folder);

}  // namespace unidg::agents
