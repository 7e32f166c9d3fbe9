#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace unidg {

/// Whole content of a text or binary file. @throws InputError naming the path when it cannot be read or is
/// larger than `limit_bytes`.
std::string read_file(const std::filesystem::path& path, std::size_t limit_bytes = std::size_t{1} << 30);

/// Publishes a whole file or nothing: temporary file beside it, fsync, rename, fsync of the folder. Parent
/// folders are created. @throws Error with the system's reason (no space, read-only folder) and the path.
void write_file_atomic(const std::filesystem::path& path, std::string_view content);

/// A file that appears under its name only when it is committed; otherwise its temporary file is removed.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  void write(const void* data, std::size_t bytes);
  void write(std::string_view data) { write(data.data(), data.size()); }
  void commit();

 private:
  std::filesystem::path path_, temporary_;
  int descriptor_ = -1;
};

/// Appends one whole line with a single write; a line cut short by a crash is ended first, so that it stays
/// alone.
void append_line(const std::filesystem::path& path, std::string_view line);

/// Memory map of a whole file. Pages are read when touched; what is written to them stays in this process and
/// never reaches the file. @throws InputError
class MappedFile {
 public:
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  const std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  MappedFile() = default;
  std::filesystem::path path_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// SHA-256 of bytes as 64 lower-case hexadecimal digits (FIPS 180-4).
std::string sha256_hex(const void* data, std::size_t bytes);
inline std::string sha256_hex(std::string_view content) { return sha256_hex(content.data(), content.size()); }

}  // namespace unidg
