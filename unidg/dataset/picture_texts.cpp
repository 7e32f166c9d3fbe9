#include "unidg/dataset/picture_texts.h"

#include <cctype>

namespace unidg::dataset {
namespace {

constexpr const char* kSchema = "unidg.picture/1";

bool is_absolute(const std::string& value) {
  const bool is_drive = value.size() > 2 && std::isalpha(static_cast<unsigned char>(value[0])) &&
                        value[1] == ':' && (value[2] == '\\' || value[2] == '/');
  return (value.size() > 1 && value[0] == '/') || is_drive || value.rfind("\\\\", 0) == 0 ||
         value.rfind("~/", 0) == 0 || value.rfind("file://", 0) == 0;
}

Json without_local_paths(const Json& value) {
  if (value.is_string()) {
    const auto words = value.get<std::string>();
    return is_absolute(words) ? words.substr(words.find_last_of("/\\") + 1) : words;
  }
  if (!value.is_structured()) return value;
  Json out = value.is_array() ? Json::array() : Json::object();
  for (const auto& [key, inner] : value.items()) {
    if (value.is_array())
      out.push_back(without_local_paths(inner));
    else
      out[is_absolute(key) ? key.substr(key.find_last_of("/\\") + 1) : key] = without_local_paths(inner);
  }
  return out;
}

/// A value of the `parameters` line: quoted as JSON where it holds a separator.
std::string quoted(const Json& value) {
  const std::string words = value.is_string() ? value.get<std::string>() : value.dump();
  return words.find_first_of(",:\n\"") == std::string::npos ? words : Json(words).dump();
}

std::string parameters_line(const Json& settings, int width, int height) {
  std::string out = settings.value("instruction", std::string());
  if (!out.empty()) out += "\n";
  const std::pair<const char*, const char*> fields[] = {
      {"steps", "Steps"}, {"sampler", "Sampler"}, {"guidance", "CFG scale"}, {"seed", "Seed"}};
  for (const auto& [key, label] : fields)
    if (settings.contains(key) && !settings[key].is_null())
      out += std::string(label) + ": " + quoted(settings[key]) + ", ";
  out += text("Size: ", width, "x", height);
  if (settings.contains("model")) out += ", Model: " + quoted(settings["model"]);
  if (settings.contains("model_hash")) out += ", Model hash: " + quoted(settings["model_hash"]);
  return out + ", Version: unidg";
}

std::string xmp_packet(PixelSource source) {
  const std::string type =
      source == PixelSource::TrainedModel ? "trainedAlgorithmicMedia" : "algorithmicMedia";
  return "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
         "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF "
         "xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
         "<rdf:Description rdf:about=\"\" xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" "
         "xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmp:CreatorTool=\"unidg\">"
         "<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/" +
         type +
         "</Iptc4xmpExt:DigitalSourceType></rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>";
}

}  // namespace

PngTexts picture_texts(const Json& settings, int width, int height, PixelSource source) {
  Json clean = {{"schema", kSchema}};
  clean.update(without_local_paths(settings));
  return {{"unidg", clean.dump()},
          {"parameters", parameters_line(clean, width, height)},
          {"XML:com.adobe.xmp", xmp_packet(source)}};
}

Json settings_of(const PngTexts& texts, const std::string& where) {
  for (const auto& [key, content] : texts)
    if (key == "unidg") return parse_json(content, where + " (text 'unidg')");
  return nullptr;
}

}  // namespace unidg::dataset
