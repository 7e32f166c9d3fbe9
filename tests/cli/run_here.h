#pragma once
#include <gtest/gtest.h>

#include "run_program.h"
#include "unidg/cli/commands.h"
#include "unidg/core/log.h"
#include "unidg/core/progress.h"

namespace unidg::testing {

/// The program's commands inside the test: all but main.cpp's table and the start of LibTorch, which costs a
/// second.
inline Ran run_here(const Arguments& arguments) {
  std::vector<const char*> words{"unidg"};
  for (const auto& argument : arguments) words.push_back(argument.c_str());
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const int exit = cli::run(static_cast<int>(words.size()), words.data(),
                            {{"generate", cli::generate},
                             {"baseline", cli::baseline},
                             {"merge", cli::merge},
                             {"inspect", cli::inspect},
                             {"doctor", cli::doctor},
                             {"procedural", cli::procedural},
                             {"parity", cli::parity},
                             {"prepare", cli::prepare},
                             {"train", cli::train},
                             {"adapt", cli::adapt},
                             {"dataset", cli::dataset},
                             {"masks", cli::masks},
                             {"evaluate", cli::evaluate},
                             {"agents", cli::agents},
                             {"curate", cli::curate},
                             {"sft", cli::sft}});
  set_log_sink({});
  Progress::set_default_style(Progress::Style::Quiet);
  Ran ran{exit, ::testing::internal::GetCapturedStdout(), ::testing::internal::GetCapturedStderr()};
  return ran;
}

}  // namespace unidg::testing
