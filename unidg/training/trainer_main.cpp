// unidg_trainer: trains the small model from shards on a machine that has LibTorch and nothing else.
#include <iostream>

#include "unidg/core/config.h"
#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/training/base.h"

namespace {

const char* kHelp =
    "unidg_trainer --shards DIR --run DIR [--config FILE] [--set key=value]... [--seconds S]\n"
    "Trains the small model from the shards that `unidg prepare` wrote; resumes when the run directory holds "
    "a\n"
    "checkpoint. Fields of --set, with their defaults:\n";

int run(int argc, char** argv) {
  unidg::training::BaseConfig config;
  std::string shards, folder;
  double seconds = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--help" || flag == "-h") {
      std::cout << kHelp;
      for (const auto& field : unidg::list_fields(config))
        std::cout << "  " << field.name << "=" << field.value.dump() << "  " << field.help << "\n";
      return 0;
    }
    if (i + 1 >= argc) throw unidg::UsageError(flag, ": needs a value; see --help");
    const std::string value = argv[++i];
    if (flag == "--shards")
      shards = value;
    else if (flag == "--run")
      folder = value;
    else if (flag == "--seconds")
      seconds = std::stod(value);
    else if (flag == "--config")
      unidg::read_fields(config, unidg::parse_json(unidg::read_file(value), value), value);
    else if (flag == "--set")
      unidg::read_fields(config, unidg::parse_assignment(value), "--set");
    else
      throw unidg::UsageError("unknown option ", flag, "; see --help");
  }
  if (shards.empty() || folder.empty()) throw unidg::UsageError("--shards and --run are needed; see --help");
  unidg::install_interrupt_handler();
  const auto done = unidg::training::train_base(shards, folder, config, seconds);
  std::cout << "trained to step " << done << "; weights in " << folder << "/model\n";
  return unidg::interrupted() ? 130 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const unidg::UsageError& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 2;
  } catch (const unidg::InputError& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 3;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 1;
  }
}
