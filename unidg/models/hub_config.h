#pragma once
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "unidg/core/config.h"

namespace unidg::models {

/// Reads a `config.json` as diffusers and transformers write it: every field has the library's default, so an
/// absent or null field takes that. Fields that nobody asked for are listed, because other versions add their
/// own.
class HubConfig {
 public:
  /// @param where named in errors, usually the file
  HubConfig(Json values, std::string where);

  bool has(const std::string& name) const;  ///< present and not null; counts as asked for
  std::int64_t integer(const std::string& name, std::int64_t fallback, std::int64_t at_least = 1) const;
  double number(const std::string& name, double fallback) const;
  bool flag(const std::string& name, bool fallback) const;
  std::string word(const std::string& name, const std::string& fallback) const;
  std::vector<std::int64_t> integers(const std::string& name, std::vector<std::int64_t> fallback) const;
  std::vector<std::string> words(const std::string& name, std::vector<std::string> fallback) const;
  /// An object inside; itself when there is none of that name.
  HubConfig inside(const std::string& name) const;
  /// Marks fields that say nothing about the network's values (sizes of training, names of versions).
  void ignore(std::initializer_list<const char*> names) const;

  /// Names that were neither read nor ignored; those starting with '_' are the writer's notes to itself.
  std::vector<std::string> unread() const;
  const std::string& where() const { return where_; }

 private:
  const Json* find(const std::string& name) const;
  [[noreturn]] void refuse(const std::string& name, const Json& found, const char* expected) const;
  Json values_;
  std::string where_;
  std::shared_ptr<std::set<std::string>> read_ =
      std::make_shared<std::set<std::string>>();  // shared by copies
};

}  // namespace unidg::models
