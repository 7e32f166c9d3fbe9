#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace unidg::dataset::sets {

/// What was left out or looked odd, counted by kind; the first few of each kind are named. Its size does not
/// grow with the data set.
class Notes {
 public:
  static constexpr std::size_t kNamed = 8;
  struct Group {
    std::size_t count = 0;
    std::vector<std::string> first;
  };
  /// @param kind what happened, as a sentence part  @param about the file, line or name it happened to
  void add(const std::string& kind, const std::string& about) {
    auto& group = groups_[kind];
    if (group.count++ < kNamed) group.first.push_back(about);
  }
  const std::map<std::string, Group>& groups() const { return groups_; }
  std::size_t count(const std::string& kind) const {
    const auto found = groups_.find(kind);
    return found == groups_.end() ? 0 : found->second.count;
  }

 private:
  std::map<std::string, Group> groups_;
};

}  // namespace unidg::dataset::sets
