#pragma once
#include "unidg/cli/program.h"

/// One function a subcommand, one file a function: each declares its options and returns what runs.
namespace unidg::cli {

Action generate(CLI::App& app);
Action baseline(CLI::App& app);
Action merge(CLI::App& app);
Action inspect(CLI::App& app);
Action parity(CLI::App& app);
Action procedural(CLI::App& app);
Action doctor(CLI::App& app);
Action prepare(CLI::App& app);
Action train(CLI::App& app);
Action adapt(CLI::App& app);    ///< a LoRA on the embedded model from a few real defects
Action dataset(CLI::App& app);  ///< its subcommands: dataset_commands.h
Action masks(CLI::App& app);    ///< a library of real masks, and masks from it
Action masks_foreground(CLI::App& app);
Action evaluate(CLI::App& app);  ///< the table of the next ones
Action evaluate_score(CLI::App& app);
Action evaluate_realism(CLI::App& app);
Action evaluate_run(CLI::App& app);
Action evaluate_il(CLI::App& app);
Action evaluate_judge(CLI::App& app);
Action evaluate_report(CLI::App& app);
Action agents(CLI::App& app);  ///< the table of the next ones
Action agents_inpaint(CLI::App& app);
Action agents_caption(CLI::App& app);
Action agents_verify(CLI::App& app);
Action agents_check(CLI::App& app);
Action curate(CLI::App& app);
Action sft(CLI::App& app);  ///< the table of the next ones
Action sft_plan(CLI::App& app);
Action sft_cache(CLI::App& app);
Action sft_train(CLI::App& app);

}  // namespace unidg::cli
