#include "unidg/dataset/mmad/score.h"

#include <algorithm>
#include <cctype>
#include <iomanip>
#include <regex>
#include <set>
#include <sstream>
#include <unordered_map>

#include "unidg/core/files.h"
#include "unidg/dataset/sets/taxonomy.h"

namespace unidg::dataset::mmad {
namespace {

struct Count {
  std::size_t asked = 0, right = 0;
  void add(bool is_right) { ++asked, right += is_right; }
  double percent() const { return 100.0 * static_cast<double>(right) / static_cast<double>(asked); }
};

bool is_normal(const std::string& image) {
  const std::filesystem::path path(image);
  return std::find(path.begin(), path.end(), "good") != path.end();
}

std::string first_folder(const std::string& image) { return image.substr(0, image.find('/')); }

Scores::Row row(const std::map<std::string, Count>& tasks, const Count& good, const Count& bad) {
  Scores::Row out;
  for (const auto& [task, count] : tasks) {
    out.tasks[task] = count.percent();
    out.answers += count.asked;
  }
  if (good.asked > 0 && bad.asked > 0) out.tasks[kTasks[0]] = (good.percent() + bad.percent()) / 2;
  for (const auto& [task, percent] : out.tasks)
    out.average += percent / static_cast<double>(out.tasks.size());
  return out;
}

/// The mean of what is there, task by task; the average is the mean of the rows' averages.
Scores::Row mean(const std::map<std::string, Scores::Row>& rows) {
  Scores::Row out;
  std::map<std::string, Count> counts;
  for (const auto& [name, one] : rows) {
    for (const auto& [task, percent] : one.tasks) {
      out.tasks[task] += percent;
      ++counts[task].asked;
    }
    out.average += one.average / static_cast<double>(rows.size());
    out.answers += one.answers;
  }
  for (auto& [task, percent] : out.tasks) percent /= static_cast<double>(counts[task].asked);
  return out;
}

std::string word(const Json& json, const char* key, const std::string& where) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  if (!json.is_object() || found == json.end() || !found->is_string())
    throw FormatError(where, ": no text '", key, "'");
  return found->get<std::string>();
}

std::vector<Answered> read_published(const Json& list, const std::string& where) {
  std::vector<Answered> out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto at = text(where, ": answer ", i + 1);
    Answered one{word(list[i], "image", at),
                 task_of(word(list[i], "question_type", at)),
                 word(list[i], "correct_answer", at),
                 {}};
    one.letter =
        letter_of(word(list[i], "gpt_answer", at), {{"A", ""}, {"B", ""}, {"C", ""}, {"D", ""}, {"E", ""}});
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

std::optional<std::string> letter_of(const std::string& answer,
                                     const std::vector<std::pair<std::string, std::string>>& options) {
  std::string letters;
  for (const auto& [letter, words] : options)
    if (letter.size() == 1 && std::isalpha(static_cast<unsigned char>(letter[0]))) letters += letter;
  if (letters.empty()) return std::nullopt;
  const auto found = [&](const std::string& pattern, bool any_case) -> std::optional<std::string> {
    auto flags = std::regex::ECMAScript;
    if (any_case) flags |= std::regex::icase;
    std::smatch match;
    if (!std::regex_search(answer, match, std::regex(pattern, flags))) return std::nullopt;
    return std::string(1, static_cast<char>(std::toupper(static_cast<unsigned char>(match[1].str()[0]))));
  };
  const auto set = "([" + letters + "])";
  const std::string opening = R"re([\s("'*\[]*)re", closing = R"re([\s)"'*.:,\]]*)re";
  if (const auto alone = found("^" + opening + set + closing + "$", true)) return alone;
  if (const auto leading = found("^" + opening + set + R"re(["'*]*[.):,\]])re", false)) return leading;
  const std::string says = R"re([Aa]nswer\s*(?:is|:)?\s*:?)re";
  if (const auto named = found(says + opening + "(?:option\\s+)?" + set + "(?![A-Za-z])", false))
    return named;
  const auto words = sets::plain_words(answer);
  for (const auto& [letter, option] : options)
    if (!option.empty() && sets::plain_words(option) == words) return letter;
  const std::regex lonely("\\b" + set + "\\b");
  std::set<std::string> all;
  for (std::sregex_iterator it(answer.begin(), answer.end(), lonely), end; it != end; ++it)
    all.insert((*it)[1]);
  if (all.size() == 1) return *all.begin();
  return std::nullopt;
}

std::vector<Answered> read_answers(const std::filesystem::path& answers,
                                   const std::vector<Picture>& questions, std::size_t& missing) {
  const auto where = answers.string();
  const auto content = read_file(answers);
  missing = 0;
  const auto start = content.find_first_not_of(" \t\r\n");
  if (start != std::string::npos && content[start] == '[')
    return read_published(parse_json(content, where), where);
  if (questions.empty())
    throw UsageError(where, ": answers as JSON lines need the question file: --questions mmad.json");

  struct Asked {
    const Picture* picture;
    const Question* question;
  };
  std::unordered_map<std::string, Asked> asked;
  for (const auto& picture : questions)
    for (const auto& question : picture.questions) asked[question.id] = {&picture, &question};
  std::vector<Answered> out;
  std::istringstream lines(content);
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto at = text(where, ":", number);
    const auto json = parse_json(line, at);
    const auto id = word(json, "id", at);
    const auto found = asked.find(id);
    if (found == asked.end())
      throw FormatError(at, ": '", id, "' is no question of the file, or was answered before");
    const auto& [picture, question] = found->second;
    out.push_back({picture->image, question->task, question->answer,
                   letter_of(word(json, "answer", at), question->options)});
    asked.erase(found);
  }
  missing = asked.size();
  return out;
}

Scores score(const std::vector<Answered>& answers, bool unreadable_is_wrong) {
  struct Counts {
    std::map<std::string, Count> tasks;
    Count good, bad;
  };
  std::map<std::string, Counts> datasets;
  Scores out;
  for (const auto& answer : answers) {
    out.unreadable += !answer.letter;
    if (!answer.letter && !unreadable_is_wrong) continue;
    auto& counts = datasets[first_folder(answer.image)];
    const bool is_right = answer.letter == answer.right;
    counts.tasks[answer.task].add(is_right);
    if (answer.task == kTasks[0]) (is_normal(answer.image) ? counts.good : counts.bad).add(is_right);
  }
  for (const auto& [name, counts] : datasets) out.datasets[name] = row(counts.tasks, counts.good, counts.bad);
  out.overall = mean(out.datasets);
  return out;
}

Json to_json(const Scores& scores) {
  const auto row = [](const Scores::Row& one) {
    return Json{{"tasks", one.tasks}, {"average", one.average}, {"answers", one.answers}};
  };
  Json datasets = Json::object();
  for (const auto& [name, one] : scores.datasets) datasets[name] = row(one);
  return {{"datasets", datasets}, {"overall", row(scores.overall)}, {"unreadable", scores.unreadable}};
}

std::string to_text(const Scores& scores) {
  std::vector<std::string> tasks(kTasks.begin(), kTasks.end());
  for (const auto& [task, percent] : scores.overall.tasks)
    if (std::find(tasks.begin(), tasks.end(), task) == tasks.end()) tasks.push_back(task);
  std::ostringstream out;
  out << std::fixed << std::setprecision(2) << std::left << std::setw(14) << "" << std::right;
  for (const auto& task : tasks) out << "  " << task;
  out << "  Average";
  const auto line = [&](const std::string& name, const Scores::Row& row) {
    out << "\n" << std::left << std::setw(14) << name << std::right;
    for (const auto& task : tasks) {
      const auto found = row.tasks.find(task);
      out << "  " << std::setw(static_cast<int>(task.size()));
      found == row.tasks.end() ? out << "-" : out << found->second;
    }
    out << "  " << std::setw(7) << row.average;
  };
  for (const auto& [name, row] : scores.datasets) line(name, row);
  line("mean", scores.overall);
  return out.str();
}

}  // namespace unidg::dataset::mmad
