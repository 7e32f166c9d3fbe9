#pragma once
#include <optional>
#include <string>

#include "unidg/core/config.h"

namespace unidg::chat {

/// The JSON object in a model's answer: the whole text, a fenced block in it, or the first balanced {...}
/// that parses. Nothing when there is none.
std::optional<Json> find_json(const std::string& content);

/// What is wrong with `value`, or "" when it fits. Understands type (a name or a list of names), properties,
/// required, items, enum, minimum, maximum, minItems, maxItems and anyOf; other keywords are left to the
/// server.
std::string schema_problem(const Json& value, const Json& schema, const std::string& where = "answer");

}  // namespace unidg::chat
