#include <charconv>
#include <cmath>
#include <map>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/dataset/sets/readers/readers.h"
#include "unidg/dataset/sets/run_lengths.h"

namespace unidg::dataset::sets {
namespace {

/// One start or end tag. Texts between tags do not matter here.
struct Tag {
  std::string name;
  bool is_end = false, is_empty = false;  ///< </x>, <x/>
  std::map<std::string, std::string> attributes;
};

std::string plain(std::string_view words) {
  static const std::map<std::string, char, std::less<>> entities = {
      {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto end = words[i] == '&' ? words.find(';', i) : std::string_view::npos;
    const auto known =
        end == std::string_view::npos ? entities.end() : entities.find(words.substr(i + 1, end - i - 1));
    if (known == entities.end()) {
      out += words[i];
    } else {
      out += known->second;
      i = end;
    }
  }
  return out;
}

/// Walks the tags of an XML file. Comments, declarations and CDATA are passed over; nothing is expanded.
class Tags {
 public:
  explicit Tags(std::string_view content, std::string where) : content_(content), where_(std::move(where)) {}
  bool next(Tag& tag) {
    for (;;) {
      at_ = content_.find('<', at_);
      if (at_ == std::string_view::npos) return false;
      if (content_.substr(at_, 4) == "<!--") {
        skip("-->");
      } else if (content_.substr(at_, 9) == "<![CDATA[") {
        skip("]]>");
      } else if (content_.substr(at_, 2) == "<?" || content_.substr(at_, 2) == "<!") {
        skip(">");
      } else {
        break;
      }
    }
    const auto end = content_.find('>', at_);
    if (end == std::string_view::npos) throw FormatError(where_, ": ends inside a tag; export it again");
    read(content_.substr(at_ + 1, end - at_ - 1), tag);
    at_ = end + 1;
    return true;
  }

 private:
  void skip(std::string_view end) {
    at_ = content_.find(end, at_);
    at_ = at_ == std::string_view::npos ? content_.size() : at_ + end.size();
  }
  static void read(std::string_view inside, Tag& tag) {
    tag = {};
    if (!inside.empty() && inside.front() == '/') tag.is_end = true, inside.remove_prefix(1);
    if (!inside.empty() && inside.back() == '/') tag.is_empty = true, inside.remove_suffix(1);
    const auto blank = inside.find_first_of(" \t\r\n");
    tag.name = std::string(inside.substr(0, blank));
    for (auto at = blank; at != std::string_view::npos && at < inside.size();) {
      const auto from = inside.find_first_not_of(" \t\r\n", at), equals = inside.find('=', at);
      if (from == std::string_view::npos || equals == std::string_view::npos || equals + 1 >= inside.size())
        break;
      const auto close = inside.find(inside[equals + 1], equals + 2);
      if (close == std::string_view::npos) break;
      tag.attributes[std::string(inside.substr(from, equals - from))] =
          plain(inside.substr(equals + 2, close - equals - 2));
      at = close + 1;
    }
  }
  std::string_view content_;
  std::string where_;
  std::size_t at_ = 0;
};

double number(const Tag& tag, const char* key, const std::string& where) {
  const auto found = tag.attributes.find(key);
  double value = 0;
  if (found == tag.attributes.end() ||
      std::from_chars(found->second.data(), found->second.data() + found->second.size(), value).ec !=
          std::errc())
    throw FormatError(where, ": <", tag.name, "> has no number '", key, "'");
  return value;
}
int whole(const Tag& tag, const char* key, const std::string& where) {
  return static_cast<int>(std::lround(number(tag, key, where)));
}
std::string word(const Tag& tag, const char* key) {
  const auto found = tag.attributes.find(key);
  return found == tag.attributes.end() ? "" : found->second;
}

/// "x,y;x,y;..."
std::vector<cv::Point2d> points(const std::string& words, const std::string& where) {
  std::vector<cv::Point2d> out;
  const char *at = words.data(), *end = at + words.size();
  while (at < end) {
    cv::Point2d point;
    auto read = std::from_chars(at, end, point.x);
    if (read.ec == std::errc() && read.ptr != end && *read.ptr == ',')
      read = std::from_chars(read.ptr + 1, end, point.y);
    if (read.ec != std::errc())
      throw FormatError(where, ": points '", words.substr(0, 40), "', expected x,y;x,y;...");
    out.push_back(point);
    at = read.ptr;
    while (at < end && (*at == ';' || *at == ' ')) ++at;
  }
  return out;
}

/// The mask of <polygon>, <mask>, <box> or <ellipse>; nothing for tags that outline no region.
std::optional<MaskSource> region(const Tag& tag, cv::Size size, const std::string& where) {
  if (tag.name == "polygon") return Polygons{{points(word(tag, "points"), where)}};
  if (tag.name == "mask")
    return from_cvat(word(tag, "rle"),
                     {whole(tag, "left", where), whole(tag, "top", where), whole(tag, "width", where),
                      whole(tag, "height", where)},
                     size, where);
  if (tag.name == "box")
    return Boxes{{cv::Rect(cv::Point(whole(tag, "xtl", where), whole(tag, "ytl", where)),
                           cv::Point(whole(tag, "xbr", where), whole(tag, "ybr", where)))},
                 {}};
  if (tag.name == "ellipse") {
    Polygons out{{{}}};
    const double cx = number(tag, "cx", where), cy = number(tag, "cy", where), rx = number(tag, "rx", where),
                 ry = number(tag, "ry", where);
    for (int i = 0; i < 72; ++i)
      out.rings[0].emplace_back(cx + rx * std::cos(i * CV_PI / 36), cy + ry * std::sin(i * CV_PI / 36));
    return out;
  }
  return std::nullopt;
}

void read_cvat(const Tree& tree, const Take& take, Notes& notes) {
  const auto file = MappedFile::open(tree.root() / "annotations.xml");
  Tags tags({reinterpret_cast<const char*>(file->data()), file->size()}, "annotations.xml");
  Tag tag;
  Sample sample;
  std::string where, fault;
  cv::Size size;
  const auto finish = [&] {
    if (!fault.empty())
      notes.add("entries that cannot be used are left out", fault);
    else if (sample.image.is_empty())
      notes.add("entries whose picture is missing", where);
    else
      sample.type = joined_types(sample.parts), take(std::move(sample));
  };
  bool is_inside = false;
  while (tags.next(tag)) {
    try {
      if (tag.name == "image" && !tag.is_end) {
        sample = {}, fault.clear(), is_inside = true;
        const auto name = word(tag, "name");
        where = "annotations.xml: " + name;
        tree.named(name, where);
        size = {whole(tag, "width", where), whole(tag, "height", where)};
        for (const auto& place :
             {join("images", name), name, join(join("images", word(tag, "subset")), name)}) {
          if (!sample.image.is_empty() || !tree.has_file(place)) continue;
          sample.image = tree.named(place, where), sample.id = sample_id(place);
        }
        const auto subset = lower(word(tag, "subset"));
        sample.split = subset.rfind("train", 0) == 0  ? "train"
                       : subset.rfind("val", 0) == 0  ? "val"
                       : subset.rfind("test", 0) == 0 ? "test"
                                                      : "";
        if (tag.is_empty) finish(), is_inside = false;
      } else if (tag.name == "image" && is_inside) {
        finish();
        is_inside = false;
      } else if (is_inside && !tag.is_end && fault.empty()) {
        if (auto source = region(tag, size, where))
          sample.parts.push_back({word(tag, "label"), std::move(*source)});
        else if (tag.name == "polyline" || tag.name == "points" || tag.name == "cuboid")
          notes.add("shapes without a region are passed over", text(where, ": ", tag.name));
      }
    } catch (const InputError& error) {
      fault = error.what();
    }
  }
}

}  // namespace

DatasetReader cvat_xml_reader() {
  return {"cvat-xml", "CVAT for images 1.1: annotations.xml (masks, polygons, boxes, ellipses) and images/",
          [](const Tree& tree) -> Recognition {
            if (!tree.has_file("annotations.xml")) return {};
            const auto file = MappedFile::open(tree.root() / "annotations.xml");
            const std::string_view head(reinterpret_cast<const char*>(file->data()),
                                        std::min<std::size_t>(file->size(), 4096));
            if (head.find("<annotations") == std::string_view::npos) return {};
            return {0.97, "annotations.xml with <annotations>"};
          },
          read_cvat};
}

}  // namespace unidg::dataset::sets
