#include "unidg/dataset/mmad/context.h"

#include <unordered_map>

#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/core/version.h"
#include "unidg/dataset/mmad/pictures.h"
#include "unidg/dataset/mmad/words.h"

namespace unidg::dataset::mmad {

extern const char* const kInstruction;  // prompts/mmad.txt
const char* instruction() { return kInstruction; }

namespace {

namespace fs = std::filesystem;

/// A piece of a message: words, or a picture's file.
struct Piece {
  std::string words;
  fs::path file;
};

/// Makes the pictures and words of entries, each once.
class Renderer {
 public:
  Renderer(fs::path set, fs::path out, const ContextOptions& options, const sets::Taxonomy& taxonomy)
      : set_(std::move(set)), out_(std::move(out)), options_(options), taxonomy_(taxonomy) {}

  const std::vector<Piece>& pieces(const sets::SetEntry& entry) {
    const auto known = done_.find(entry.id);
    return known != done_.end() ? known->second : done_[entry.id] = render(entry);
  }
  std::size_t used() const { return done_.size(); }

 private:
  std::vector<Piece> render(const sets::SetEntry& entry) const {
    const int side = static_cast<int>(options_.side);
    const Image abnormal = load_image(set_ / entry.abnormal);
    const Mask mask = sets::load_mask(sets::to_sample(entry, set_), abnormal);
    if (mask.is_empty())
      throw InputError((set_ / entry.mask).string(),
                       ": the mask is empty; `unidg dataset validate` names such entries");
    const auto place = place_words(mask);
    const auto category = entry.category ? taxonomy_.name(*entry.category) : entry.type;
    const auto kind = category == entry.type ? entry.type : entry.type + ", category " + category;
    const auto object = entry.object.empty() ? "another product" : sets::plain_words(entry.object);

    std::vector<Piece> out;
    if (options_.sheet) {
      std::vector<Image> row;
      if (!entry.normal.empty()) row.push_back(fitted(load_image(set_ / entry.normal), side));
      row.push_back(fitted(abnormal, side));
      row.push_back(outlined(abnormal, mask, side));
      out.push_back(
          {text(object, ", side by side: ", entry.normal.empty() ? "" : "without a defect; ",
                "with a defect (", kind, "); the same with the defect outlined in red, ", place, "."),
           {}});
      out.push_back(picture(entry, "sheet", side_by_side(row)));
    } else {
      if (!entry.normal.empty()) {
        out.push_back({object + " without a defect:", {}});
        out.push_back(picture(entry, "normal", fitted(load_image(set_ / entry.normal), side)));
      }
      out.push_back(
          {text(entry.normal.empty() ? object + " with" : "The same with", " a defect (", kind, "):"), {}});
      out.push_back(picture(entry, "abnormal", fitted(abnormal, side)));
      if (options_.mask != "mask") {
        out.push_back({"The defect outlined in red, " + place + ":", {}});
        out.push_back(picture(entry, "outline", outlined(abnormal, mask, side)));
      }
      if (options_.mask != "outline") {
        out.push_back({"The defect's mask, white, " + place + ":", {}});
        out.push_back(picture(entry, "mask", mask_picture(mask, side)));
      }
    }
    if (!entry.caption.empty()) {
      const auto file = set_ / entry.caption;
      if (const auto words = caption_words(parse_json(read_file(file), file.string())); !words.empty())
        out.push_back({"Description: " + words, {}});
    }
    return out;
  }

  Piece picture(const sets::SetEntry& entry, const char* what, const Image& image) const {
    const fs::path inside = fs::path("pictures") / (entry.id + "-" + what + ".png");
    save_png(out_ / inside, image);
    return {{}, inside};
  }

  fs::path set_, out_;
  const ContextOptions& options_;
  const sets::Taxonomy& taxonomy_;
  std::unordered_map<std::string, std::vector<Piece>> done_;
};

/// Pieces as the content of a message.
class Content {
 public:
  Content(fs::path out, const ContextOptions& options) : out_(std::move(out)), options_(options) {}
  /// @param file relative to OUT, or absolute
  void picture(const fs::path& file, bool is_ours) {
    const auto whole = file.is_absolute() ? file : out_ / file;
    std::string url =
        file.is_absolute() ? fs::proximate(file, fs::absolute(out_)).generic_string() : file.generic_string();
    if (options_.embed)
      url = data_url(is_ours ? read_file(whole)
                             : encode_png(fitted(load_image(whole), static_cast<int>(options_.side))));
    json.push_back({{"type", "image_url"}, {"image_url", {{"url", url}}}});
  }
  void words(const std::string& words) { json.push_back({{"type", "text"}, {"text", words}}); }
  Json json = Json::array();

 private:
  fs::path out_;
  const ContextOptions& options_;
};

std::string question_words(const Question& question) {
  std::string out = "Question: " + question.words;
  for (const auto& [letter, words] : question.options) out += "\n" + letter + ". " + words;
  return out + "\nAnswer with the letter of one option.";
}

void check(const ContextOptions& options) {
  if (options.choice.count < 0 || options.shots < 0 || options.side < 0 || options.limit < 0)
    throw UsageError("mmad-context: --k, --shots, --side and --limit are numbers from 0");
  if (options.mask != "outline" && options.mask != "mask" && options.mask != "both")
    throw UsageError("mmad-context: --mask is '", options.mask, "', expected outline, mask or both");
}

Json settings(const ContextOptions& options, const ContextResult& result) {
  const bool by_category = options.choice.match == ChoiceOptions::Match::Category;
  return {{"format", "unidg questions with context"},
          {"version", kVersion},
          {"k", options.choice.count},
          {"match", by_category ? "category" : "object"},
          {"domain", options.choice.domain},
          {"split", options.choice.split},
          {"without_normal", options.choice.without_normal},
          {"seed", options.choice.seed},
          {"shots", options.shots},
          {"templates", options.similar ? "similar" : "random"},
          {"sheet", options.sheet},
          {"mask", options.mask},
          {"side", options.side},
          {"embed", options.embed},
          {"pictures", result.pictures},
          {"questions", result.questions},
          {"used", result.used},
          {"refused", result.refused}};
}

/// OUT is new, empty or ours.
void prepare_folder(const fs::path& out) {
  std::error_code error;
  if (fs::exists(out, error) && !fs::is_empty(out, error) && !fs::exists(out / "settings.json", error))
    throw UsageError(out.string(),
                     ": is not empty and holds no questions with context; choose another folder");
  fs::create_directories(out / "pictures", error);
  if (error) throw Error(out.string(), ": cannot create the folder: ", error.message());
}

}  // namespace

ContextResult write_context(const fs::path& set, const fs::path& questions, const fs::path& data,
                            const fs::path& out, const ContextOptions& options) {
  check(options);
  ContextResult result;
  const auto system = options.prompt.empty() ? std::string(instruction()) : read_file(options.prompt);
  const auto all = read_questions(questions, result.notes);
  const LeakGuard guard(all, data, options.threads, result.notes);  // also those beyond --limit
  const auto& taxonomy = sets::Taxonomy::standard();
  Chooser chooser(set, all, guard, options.choice, taxonomy);
  prepare_folder(out);

  Renderer renderer(set, out, options, taxonomy);
  result.file = out / "context.jsonl";
  AtomicFile file(result.file);
  const auto count =
      options.limit > 0 ? std::min(all.size(), static_cast<std::size_t>(options.limit)) : all.size();
  Progress progress("questioned pictures", static_cast<std::int64_t>(count));
  for (std::size_t i = 0; i < count; ++i, progress.advance()) {
    if (interrupted())
      throw Interrupted("interrupted; nothing but pictures was written, run the command again");
    const auto& picture = all[i];
    const auto query = fs::absolute(data / picture.image).lexically_normal();
    if (!fs::is_regular_file(query)) continue;  // noted by the guard

    // The set's quadruplets, the question file's normal templates, the query.
    Content content(out, options);
    Json context = Json::array();
    const auto chosen = chooser.choose(picture);
    for (std::size_t n = 0; n < chosen.size(); ++n) {
      const auto& entry = *chosen[n];
      content.words(text("Known example ", n + 1, " of ", chosen.size(), "."));
      for (const auto& piece : renderer.pieces(entry))
        piece.file.empty() ? content.words(piece.words) : content.picture(piece.file, true);
      context.push_back({{"id", entry.id},
                         {"source", entry.source},
                         {"object", entry.object},
                         {"type", entry.type},
                         {"category", entry.category ? Json(*entry.category) : Json()},
                         {"licence", entry.licence}});
    }
    if (chosen.size() < static_cast<std::size_t>(options.choice.count)) ++result.fewer;
    const auto& templates = options.similar ? picture.similar : picture.random;
    for (std::size_t n = 0; n < templates.size() && n < static_cast<std::size_t>(options.shots); ++n) {
      const auto shown = fs::absolute(data / templates[n]).lexically_normal();
      if (!fs::is_regular_file(shown)) {
        result.notes.add("normal template that is missing", templates[n]);
        continue;
      }
      content.words("The queried product without a defect:");
      content.picture(shown, false);
    }
    content.words("Query picture:");
    content.picture(query, false);

    for (const auto& question : picture.questions) {
      Json asked = content.json;
      asked.push_back({{"type", "text"}, {"text", question_words(question)}});
      const Json line = {
          {"id", question.id},
          {"image", picture.image},
          {"type", question.type},
          {"task", question.task},
          {"context", context},
          {"messages", {{{"role", "system"}, {"content", system}}, {{"role", "user"}, {"content", asked}}}}};
      file.write(line.dump() + "\n");
      ++result.questions;
    }
    ++result.pictures;
  }
  result.quadruplets = chooser.quadruplets(), result.left_out = chooser.left_out();
  result.refused = chooser.refused(), result.used = renderer.used();
  write_file_atomic(out / "settings.json", settings(options, result).dump(2) + "\n");
  file.commit();
  return result;
}

}  // namespace unidg::dataset::mmad
