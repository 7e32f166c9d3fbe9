#pragma once
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "unidg/core/files.h"

namespace unidg::dataset::sets {

/// A regular file inside a tar.
struct TarMember {
  std::string name;
  std::uint64_t offset = 0, bytes = 0;  ///< of its content in the archive
};

/// Walks the members of an uncompressed tar (ustar, GNU long names, pax paths); other kinds of member are
/// passed over. Nothing is ever extracted. @throws FormatError for a checksum that is wrong or an end too
/// early
void each_member(const std::filesystem::path& tar, const std::function<void(const TarMember&)>& visit);

/// Writes a tar that is the same for the same members: ustar, pax headers only for long or non-ASCII names,
/// mode 0644, no owner, time 0. Appears under its name when it is closed.
class TarWriter {
 public:
  explicit TarWriter(const std::filesystem::path& path) : file_(path) {}
  void add(const std::string& name, std::string_view content);
  void close();
  std::uint64_t bytes() const { return bytes_; }

 private:
  void block(const std::string& name, char kind, std::string_view content);
  AtomicFile file_;
  std::uint64_t bytes_ = 0;
};

}  // namespace unidg::dataset::sets
