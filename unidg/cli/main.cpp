#include "unidg/cli/commands.h"

int main(int argc, char** argv) {
  using namespace unidg;
  return cli::run(
      argc, argv,
      {
          {"generate", "Paints the defect of a reference picture into good pictures.", cli::generate},
          {"merge", "Joins the manifests of shards that share a folder.", cli::merge},
          {"inspect", "Says what a weight file, a model folder or a generated PNG holds.", cli::inspect},
          {"doctor", "Says what this machine has and what each model needs.", cli::doctor},
          {"procedural", "Draws products and defects with exact masks.", cli::procedural},
          {"parity", "Compares our networks with stored outputs of the reference code.", cli::parity},
          {"prepare", "Cuts photos into training shards.", cli::prepare},
          {"train", "Trains the embedded model.", cli::train},
      });
}
