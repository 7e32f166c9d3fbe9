#include "unidg/cli/commands.h"

int main(int argc, char** argv) {
  using namespace unidg;
  return cli::run(argc, argv,
                  {
                      {"generate", cli::generate},
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
                      {"sft", cli::sft},
                  });
}
