#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "unidg/dataset/sets/notes.h"
#include "unidg/dataset/sets/sample.h"

namespace unidg::dataset::sets {

/// A data set's folder, read without ever leaving it: hidden names are passed over, links to folders are not
/// followed (so there are no loops), links to files outside are left out and noted. Names inside are relative
/// with '/' between folders; "" is the folder itself.
class Tree {
 public:
  /// @param notes receives what is left out; may be null  @throws InputError when there is no such folder
  explicit Tree(std::filesystem::path root, Notes* notes = nullptr);

  struct Listing {
    std::vector<std::string> folders, files;  ///< bare names in natural order
  };
  /// Content of one folder; empty when there is no such folder.
  Listing list(const std::string& inside = "") const;
  bool has_file(const std::string& inside) const;
  bool has_folder(const std::string& inside) const;
  FileRef file(const std::string& inside) const { return {root_ / std::filesystem::path(inside)}; }
  const std::filesystem::path& root() const { return root_; }
  /// Last part of the folder's own name.
  std::string name() const;

  /// A file named by a table or JSON of the set. @throws FormatError naming `where` when the name is
  /// absolute, leaves the folder ("..", a link) or holds a NUL
  FileRef named(const std::string& inside, const std::string& where) const;

  /// Every picture below, folder by folder in natural order. @param visit gets its name inside the tree
  void each_picture(const std::string& inside, const std::function<void(const std::string&)>& visit) const;

 private:
  std::filesystem::path root_, canonical_;
  Notes* notes_;
  bool stays_inside(const std::filesystem::path& path) const;
};

/// "a/b" of "a" and "b"; "b" when `folder` is "".
std::string join(const std::string& folder, const std::string& name);
/// The part behind the last '/', and what stands before it ("" when there is none).
std::string leaf(const std::string& path);
std::string parent(const std::string& path);
/// Leaf without extension.
std::string stem(const std::string& path);
std::string lower(std::string words);

/// Pictures of one folder by stem.
std::map<std::string, std::string> pictures_by_stem(const Tree& tree, const std::string& folder);

}  // namespace unidg::dataset::sets
