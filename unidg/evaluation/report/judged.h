#pragma once
#include <vector>

#include "unidg/evaluation/report/run.h"

namespace unidg::evaluation::report {

/// What judges said of the run's pictures: RUN/judge/GENERATOR/PRODUCT/seed-S.jsonl, the verdicts that
/// `unidg evaluate judge --out` writes, as results of task "judge". A score is the mean over all verdicts
/// that have it, of all judges; who judged, and how many verdicts lack scores, stands in the notes. @throws
/// FormatError
std::vector<Result> read_judged(Run& run);

}  // namespace unidg::evaluation::report
