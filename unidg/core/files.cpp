#include "unidg/core/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "unidg/core/error.h"

namespace unidg {
namespace fs = std::filesystem;
namespace {

std::string reason() { return std::strerror(errno); }

void write_all(int descriptor, const char* data, std::size_t bytes, const fs::path& path) {
  while (bytes > 0) {
    const ssize_t written = ::write(descriptor, data, bytes);
    if (written < 0) {
      if (errno == EINTR) continue;
      throw Error(path.string(), ": cannot write: ", reason(), ". Free space or choose another folder.");
    }
    data += written;
    bytes -= static_cast<std::size_t>(written);
  }
}

void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (descriptor >= 0) {
    ::fsync(descriptor);
    ::close(descriptor);
  }
}

}  // namespace

std::string read_file(const fs::path& path, std::size_t limit_bytes) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw InputError(path.string(), ": cannot open: ", reason());
  struct ::stat info {};
  if (::fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(descriptor);
    throw InputError(path.string(), ": not a regular file");
  }
  if (static_cast<std::size_t>(info.st_size) > limit_bytes) {
    ::close(descriptor);
    throw InputError(path.string(), ": ", info.st_size, " bytes, more than the limit of ", limit_bytes);
  }
  std::string content(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t got = ::read(descriptor, content.data() + done, content.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const std::string why = reason();
      ::close(descriptor);
      throw InputError(path.string(), ": cannot read: ", why);
    }
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  ::close(descriptor);
  content.resize(done);
  return content;
}

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)) {
  if (path_.has_parent_path()) {
    std::error_code error;
    fs::create_directories(path_.parent_path(), error);
    if (error)
      throw Error(path_.parent_path().string(), ": cannot create the folder: ", error.message(),
                  ". Choose a folder you may write to.");
  }
  static std::atomic<unsigned> counter{0};
  temporary_ = path_;
  temporary_ += text(".tmp-", ::getpid(), "-", counter++);
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (descriptor_ < 0)
    throw Error(path_.string(), ": cannot create: ", reason(), ". Choose a folder you may write to.");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(const void* data, std::size_t bytes) {
  write_all(descriptor_, static_cast<const char*>(data), bytes, path_);
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) throw Error(path_.string(), ": cannot flush: ", reason());
  if (::close(descriptor_) != 0) {
    descriptor_ = -1;
    ::unlink(temporary_.c_str());
    throw Error(path_.string(), ": cannot close: ", reason());
  }
  descriptor_ = -1;
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const std::string why = reason();
    ::unlink(temporary_.c_str());
    throw Error(path_.string(), ": cannot put the finished file in place: ", why);
  }
  sync_folder(path_.parent_path());
}

void write_file_atomic(const fs::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

void append_line(const fs::path& path, std::string_view line) {
  if (path.has_parent_path()) fs::create_directories(path.parent_path());
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor < 0) throw Error(path.string(), ": cannot append: ", reason());
  std::string whole;
  struct ::stat info {};
  char last = '\n';
  if (::fstat(descriptor, &info) == 0 && info.st_size > 0 &&
      ::pread(descriptor, &last, 1, info.st_size - 1) == 1 && last != '\n')
    whole = "\n";
  whole.append(line);
  whole.push_back('\n');
  try {
    write_all(descriptor, whole.data(), whole.size(), path);
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  ::fsync(descriptor);
  ::close(descriptor);
}

std::shared_ptr<const MappedFile> MappedFile::open(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw InputError(path.string(), ": cannot open: ", reason());
  struct ::stat info {};
  if (::fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(descriptor);
    throw InputError(path.string(), ": not a regular file");
  }
  std::shared_ptr<MappedFile> file(new MappedFile);
  file->path_ = path;
  file->size_ = static_cast<std::size_t>(info.st_size);
  if (file->size_ > 0) {
    // Private and writable: an in-place update of a tensor that views the map stays in this process.
    // NORESERVE, since hardly any page of a 24 GB file is ever written.
    void* mapped =
        ::mmap(nullptr, file->size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0);
    if (mapped == MAP_FAILED) {
      const std::string why = reason();
      ::close(descriptor);
      throw InputError(path.string(), ": cannot map into memory: ", why);
    }
    file->data_ = static_cast<const std::byte*>(mapped);
  }
  ::close(descriptor);
  return file;
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace unidg
