#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "unidg/dataset/scenes.h"

namespace unidg::dataset {

/// One line of a job list: `n` pictures of one scene with one reference.
struct Job {
  Scene scene;  ///< without a mask: drawn automatically
  Reference reference;
  std::uint64_t seed = 0;
  int n = 1;
  int line = 0;  ///< where it stands in the file, for messages
};

struct JobList {
  std::vector<Job> jobs;
  std::vector<std::string>
      ignored_fields;  ///< known fields of other tools that mean nothing here, each named once
};

/// Reads JOBS.jsonl, one JSON object a line; empty lines are allowed, relative paths start at the file's
/// folder. Our lines: source, mask ("auto" or absent: drawn), reference, reference_mask, seed, n, out
/// (readable part of the id). NVIDIA AnomalyGen lines: image_filename, mask_filename, anomaly_type, seed,
/// num_generated_images; their reference is drawn from `references` by anomaly type ("TEXTURE+TYPE": the
/// type), the rest is listed as ignored.
/// @param references for lines without their own  @param seed for lines without their own
/// @throws FormatError or InputError naming file and line: an unknown or missing field, a missing file, two
/// lines that would write the same pictures
JobList read_jobs(const std::filesystem::path& file, const std::vector<Reference>& references,
                  std::uint64_t seed);

}  // namespace unidg::dataset
