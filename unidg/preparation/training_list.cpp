#include <set>

#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/image/identity.h"
#include "unidg/preparation/corpus.h"
#include "unidg/preparation/shard_writing.h"

namespace unidg::preparation {
namespace fs = std::filesystem;
namespace {

bool is_newer(const fs::path& list, const fs::path& manifest) {
  std::error_code error;
  const auto written = fs::last_write_time(list, error);
  return !error && written > fs::last_write_time(manifest);
}

}  // namespace

void write_training_list(const fs::path& out, const fs::path& corpus) {
  const auto path = out / "training.jsonl";
  if (is_newer(path, corpus / "manifest.jsonl")) return;
  const auto entries = read_corpus(corpus);
  std::set<std::string> known;
  std::string lines;
  Progress progress("training list", static_cast<std::int64_t>(entries.size()));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    for (const auto& file : {entries[i].image, entries[i].normal}) {
      if (file.empty()) continue;
      const auto identity = identify(load_image(file));
      if (!known.insert(identity.sha256).second) continue;
      const Json line = {{"name", fs::relative(file, corpus).generic_string()},
                         {"sha256", identity.sha256},
                         {"dhash", hash_hex(identity.brighter)}};
      lines += line.dump() + "\n";
    }
    if (interrupted()) throw Interrupted("prepare: stopped; finished shards are kept, run again to go on");
    progress.set(static_cast<std::int64_t>(i) + 1);
  }
  write_file_atomic(path, lines);
}

}  // namespace unidg::preparation
