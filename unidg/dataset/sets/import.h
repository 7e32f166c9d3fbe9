#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "unidg/dataset/sets/reader.h"
#include "unidg/dataset/sets/set_folder.h"
#include "unidg/dataset/sets/taxonomy.h"

namespace unidg::dataset::sets {

/// What the user knows better than the layout; "" leaves it to the layout.
struct ImportOptions {
  std::string layout;  ///< name of a reader; "": the one that fits best
  std::string source, object, type, domain, licence;
  int threads = 0;  ///< 0: one a core
};

struct ImportResult {
  Guess chosen;
  std::vector<Guess> others;                   ///< layouts that fit less
  std::size_t read = 0, added = 0, known = 0;  ///< samples; known: in the set before
  Notes notes;
  std::map<std::string, std::size_t> unmapped;  ///< "source/object/type: why" -> entries without a category
  std::size_t without_licence = 0;
};

/// Copies every usable sample of a data set into a set folder (docs/formats.md "Sets"): pictures byte for
/// byte (TIFF, BMP and turned JPEG as PNG), masks as 0 / 255 PNG. Runs again where it stopped; a set may take
/// in several sources.
/// @throws UsageError for an unknown layout or a folder that is no set; InputError when nothing can be read;
/// Interrupted after a signal, with everything so far kept
ImportResult import_set(const std::filesystem::path& from, const std::filesystem::path& to,
                        const ImportOptions& options, const Taxonomy& taxonomy = Taxonomy::standard());

/// One sample made into files and an entry; `fault` says why it could not be.
struct Prepared {
  SetEntry entry;
  std::string fault, about;
};
Prepared prepare(const Sample& sample, const SetWriter& writer, const Taxonomy& taxonomy);

}  // namespace unidg::dataset::sets
