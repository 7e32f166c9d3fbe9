#include "unidg/dataset/mmad/questions.h"

#include <algorithm>

#include "unidg/core/config.h"
#include "unidg/core/files.h"

namespace unidg::dataset::mmad {
namespace {

namespace fs = std::filesystem;

/// "" unless it is text.
std::string words_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string inside(const std::string& path, const std::string& where) {
  const fs::path parts(path);
  if (path.empty() || parts.is_absolute() ||
      std::any_of(parts.begin(), parts.end(), [](const fs::path& part) { return part == ".."; }))
    throw FormatError(where, ": the picture '", path, "' lies outside the data folder");
  return path;
}

std::vector<std::string> templates(const Json& json, const char* key, const std::string& where) {
  std::vector<std::string> out;
  const auto found = json.find(key);
  if (found == json.end() || !found->is_array()) return out;
  for (const auto& path : *found)
    if (path.is_string()) out.push_back(inside(path.get<std::string>(), where));
  return out;
}

std::vector<Question> questions(const Json& conversation, const std::string& image, sets::Notes& notes) {
  std::vector<Question> out;
  int number = 0;
  for (const auto& json : conversation) {
    Question question;
    question.id = text(image, '#', ++number);
    if (json.is_object()) {
      question.words = words_of(json, "Question"), question.answer = words_of(json, "Answer");
      question.type = words_of(json, "type"), question.task = task_of(question.type);
      if (json.contains("Options") && json["Options"].is_object())
        for (const auto& [letter, option] : json["Options"].items())
          if (option.is_string()) question.options.emplace_back(letter, option.get<std::string>());
    }
    const auto is_right = [&](const auto& option) { return option.first == question.answer; };
    if (question.words.empty() || question.options.empty())
      notes.add("question without text or options", question.id);
    else if (std::none_of(question.options.begin(), question.options.end(), is_right))
      notes.add("question whose answer is none of its options", question.id);
    else
      out.push_back(std::move(question));
  }
  return out;
}

}  // namespace

std::string task_of(const std::string& type) {
  return type == "Object Structure" || type == "Object Details" ? "Object Analysis" : type;
}

std::vector<Picture> read_questions(const fs::path& file, sets::Notes& notes) {
  const auto where = file.string();
  Json json;
  try {
    json = Json::parse(read_file(file));  // not parse_json: a key that comes twice is no reason to refuse
  } catch (const Json::exception& error) {
    throw FormatError(where, ": not valid JSON: ", error.what());
  }
  if (!json.is_object() || json.empty())
    throw FormatError(
        where,
        ": expected MMAD's object of pictures, {\"DATASET/OBJECT/...\": {\"conversation\": ", "[...]}}");
  std::vector<Picture> out;
  for (const auto& [image, entry] : json.items()) {
    if (!entry.is_object() || !entry.contains("conversation") || !entry["conversation"].is_array())
      throw FormatError(where, ": '", image, "' has no list `conversation`");
    Picture picture;
    picture.image = inside(image, where);
    std::vector<std::string> folders;
    for (const auto& part : fs::path(image).parent_path()) folders.push_back(part.string());
    if (folders.size() < 2)
      throw FormatError(where, ": '", image, "' is not DATASET/OBJECT/.../NAME as in MMAD");
    picture.dataset = folders[0], picture.object = folders[1];
    picture.type = folders.size() > 2 ? folders.back() : "";
    picture.is_normal = std::count(folders.begin(), folders.end(), "good") > 0;
    picture.similar = templates(entry, "similar_templates", where);
    picture.random = templates(entry, "random_templates", where);
    picture.questions = questions(entry["conversation"], image, notes);
    out.push_back(std::move(picture));
  }
  return out;
}

}  // namespace unidg::dataset::mmad
