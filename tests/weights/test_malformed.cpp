// Every rule of the safetensors format broken once, each with its own words in the error.
#include <gmock/gmock.h>

#include <cstring>
#include <fstream>

#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/weights/safetensors.h"

namespace unidg::weights {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::string length_bytes(std::uint64_t length) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes;
}
std::string file_of(const std::string& header, std::size_t data_bytes = 0) {
  return length_bytes(header.size()) + header + std::string(data_bytes, '\0');
}
std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return "{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
}
std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return "{\"a\":" + entry(dtype, shape, offsets) + "}";
}
std::string deep(std::size_t levels) {
  return "{\"a\":" + std::string(levels, '[') + std::string(levels, ']') + "}";
}

struct Broken {
  std::string name, bytes, message;
};

std::vector<Broken> broken_files() {
  const auto good = entry("F32", "[1]", "[0,4]");
  return {
      {"Empty", "", "too small"},
      {"SevenBytes", std::string(7, '\0'), "too small"},
      {"LengthTwoTo63", length_bytes(std::uint64_t{1} << 63) + "{}", "header too large"},
      {"LengthAllOnes", length_bytes(~std::uint64_t{0}) + "{}", "header too large"},
      {"LengthAboveCap", length_bytes(kMaxHeaderBytes + 1) + "{}", "header too large"},
      {"LengthBeyondFile", length_bytes(100) + "{}", "invalid header length"},
      {"LengthZero", length_bytes(0) + "{}", "invalid header start"},
      {"StartsWithSpace", file_of(" {}"), "invalid header start"},
      {"StartsWithList", file_of("[]"), "invalid header start"},
      {"CutJson", file_of("{\"a\":"), "not valid JSON"},
      {"TextAfterJson", file_of("{}x"), "not valid JSON"},
      {"TwoObjects", file_of("{}{}"), "not valid JSON"},
      {"BadUtf8Name", file_of("{\"\xff\xfe\":" + good + "}", 4), "UTF-8"},
      {"OverlongUtf8", file_of("{\"\xc0\xaf\":" + good + "}", 4), "UTF-8"},
      {"ControlCharacter", file_of("{\"a\nb\":" + good + "}", 4), "not valid JSON"},
      {"NotANumber", file_of(one("F32", "[NaN]", "[0,4]"), 4), "not valid JSON"},
      {"DuplicateTensor", file_of("{\"a\":" + good + ",\"a\":" + good + "}", 4), "'a' appears twice"},
      {"DuplicateByEscape", file_of("{\"a\":" + good + ",\"\\u0061\":" + good + "}", 4), "'a' appears twice"},
      {"DuplicateMetadata", file_of("{\"__metadata__\":{},\"__metadata__\":{}}"),
       "'__metadata__' appears twice"},
      {"DuplicateMetadataKey", file_of("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}"), "duplicate key 'k'"},
      {"DuplicateField",
       file_of("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4),
       "duplicate key 'dtype'"},
      {"MetadataNumber", file_of("{\"__metadata__\":{\"k\":1}}"), "only text is allowed"},
      {"MetadataNested", file_of("{\"__metadata__\":{\"k\":{}}}"), "only text is allowed"},
      {"MetadataText", file_of("{\"__metadata__\":\"x\"}"), "where an object is expected"},
      {"DeepLists", file_of(deep(100000)), "nested deeper"},
      {"DeepObject", file_of("{\"a\":{\"dtype\":{\"x\":1}}}"), "nested deeper"},
      {"DeepShape", file_of(one("F32", "[[1]]", "[0,4]"), 4), "nested deeper"},
      {"EntryIsNull", file_of("{\"a\":null}"), "is null where an object is expected"},
      {"NoDtype", file_of("{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4), "has no 'dtype'"},
      {"NoShape", file_of("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4), "has no 'shape'"},
      {"NoOffsets", file_of("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4), "has no 'data_offsets'"},
      {"UnknownField", file_of("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"offsets\":[0,4]}}", 4),
       "unknown field 'offsets'"},
      {"UnknownDtype", file_of(one("F31", "[1]", "[0,4]"), 4), "unknown dtype 'F31'"},
      {"DtypeIsNumber", file_of("{\"a\":{\"dtype\":7,\"shape\":[1],\"data_offsets\":[0,4]}}", 4),
       "the number 7"},
      {"ShapeIsText", file_of(one("F32", "\"1\"", "[0,4]"), 4), "is the text '1'"},
      {"NegativeDimension", file_of(one("F32", "[-1]", "[0,4]"), 4), "negative number -1"},
      {"FloatDimension", file_of(one("F32", "[1.0]", "[0,4]"), 4), "the number 1.0"},
      {"ExponentDimension", file_of(one("F32", "[1e0]", "[0,4]"), 4), "the number 1e0"},
      {"DimensionBeyond63Bits", file_of(one("F32", "[9223372036854775808]", "[0,4]"), 4), "beyond 63 bits"},
      {"DimensionBeyond64Bits", file_of(one("F32", "[99999999999999999999]", "[0,4]"), 4),
       "no integer of 64 bits"},
      {"ShapeOverflow", file_of(one("U8", "[4294967296,4294967296]", "[0,0]")), "more elements than 64 bits"},
      {"ShapeOverflowByDtype", file_of(one("F64", "[4611686018427387904]", "[0,0]")),
       "more elements than 64 bits"},
      {"SizeTooSmall", file_of(one("F32", "[2]", "[0,4]"), 4),
       "occupies 4 bytes but its dtype and shape need 8"},
      {"SizeTooLarge", file_of(one("F32", "[1]", "[0,8]"), 8),
       "occupies 8 bytes but its dtype and shape need 4"},
      {"HalfByte", file_of(one("F4", "[3]", "[0,2]"), 2), "misaligned"},
      {"NegativeOffset", file_of(one("F32", "[1]", "[-4,0]")), "negative number -4"},
      {"BeginAfterEnd", file_of(one("F32", "[1]", "[4,0]"), 4), "begin after end"},
      {"OneOffset", file_of(one("F32", "[1]", "[4]"), 4), "has 1 data_offsets"},
      {"ThreeOffsets", file_of(one("F32", "[1]", "[0,4,8]"), 8), "has 3 data_offsets"},
      {"FirstHole", file_of(one("F32", "[1]", "[4,8]"), 8), "hole of 4 bytes"},
      {"HoleBetween", file_of("{\"a\":" + good + ",\"b\":" + entry("F32", "[1]", "[8,12]") + "}", 12),
       "hole of 4 bytes"},
      {"Overlap", file_of("{\"a\":" + good + ",\"b\":" + entry("F32", "[1]", "[2,6]") + "}", 6), "overlaps"},
      {"SameBytesTwice", file_of("{\"a\":" + good + ",\"b\":" + good + "}", 4), "overlaps"},
      {"TrailingBytes", file_of(one("F32", "[1]", "[0,4]"), 5), "1 trailing bytes"},
      {"DataWithoutTensors", file_of("{}", 3), "3 trailing bytes"},
      {"Truncated", file_of(one("F32", "[1]", "[0,4]"), 3), "truncated"},
      {"OffsetsWrapAround", file_of(one("U8", "[18446744073709551615]", "[1,0]")), "beyond 63 bits"},
      {"HugeOffsets", file_of(one("U8", "[1152921504606846975]", "[0,1152921504606846975]"), 8), "truncated"},
      {"PickleProtocol2", std::string("\x80\x02}q\x00.", 6), "Python pickle"},
      {"PickleProtocol4", std::string("\x80\x04\x95\x1a\0\0\0\0\0\0\0}\x94.", 14), "Python pickle"},
      {"PickleLegacyTorch", std::string("\x80\x02\x8a\x0alM\x9c\x46\xf9 j\xa8P\x19.", 15), "Python pickle"},
      {"PickleProtocol0", "(dp0\nS'weight'\np1\nI1\ns.", "Python pickle"},
      {"PickleGlobal", "cposix\nsystem\n(S'id'\ntR.", "Python pickle"},
      {"PyTorchZip", std::string("PK\x03\x04\x14\0\0\0\0\0archive/data.pkl", 26), "zip archive"},
      {"EmptyZip", std::string("PK\x05\x06", 4) + std::string(18, '\0'), "zip archive"},
      {"Gguf", std::string("GGUF\x03\0\0\0", 8) + std::string(16, '\0'), "GGUF"},
      {"Hdf5", "\x89HDF\r\n\x1a\n", "HDF5"},
      {"LfsPointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"},
      {"WebPage", "<!DOCTYPE html><html></html>", "web page"},
  };
}

class Malformed : public ::testing::TestWithParam<Broken> {};

TEST_P(Malformed, IsRefusedByName) {
  const testing::TempFolder folder;
  const auto path = folder.write("model.safetensors", GetParam().bytes);
  EXPECT_THAT([&] { SafetensorsFile::open(path); },
              ThrowsMessage<FormatError>(AllOf(HasSubstr(path.string()), HasSubstr(GetParam().message))));
}
INSTANTIATE_TEST_SUITE_P(Safetensors, Malformed, ::testing::ValuesIn(broken_files()),
                         [](const auto& info) { return info.param.name; });

TEST(WellFormed, PaddingScalarsAndEmptyTensorsAreLegal) {
  const testing::TempFolder folder;
  const auto header = "{\"scalar\":" + entry("F32", "[]", "[0,4]") +
                      ",\"none\":" + entry("F32", "[0,7]", "[4,4]") +
                      ",\"__metadata__\":{\"format\":\"pt\"}}      ";
  const float value = 2.5f;
  auto bytes = file_of(header, 4);
  std::memcpy(bytes.data() + 8 + header.size(), &value, 4);
  const auto file = SafetensorsFile::open(folder.write("legal.safetensors", bytes));
  EXPECT_EQ(file->tensor("scalar").item<float>(), 2.5f);
  EXPECT_EQ(file->tensor("none").sizes(), torch::IntArrayRef({0, 7}));
  EXPECT_EQ(file->metadata().at("format"), "pt");
  EXPECT_TRUE(SafetensorsFile::open(folder.write("empty.safetensors", file_of("{}")))->tensors().empty());
}

TEST(WellFormed, MisalignedTensorsAreCopiedNotMisread) {
  const testing::TempFolder folder;
  const std::string header =
      "{\"byte\":" + entry("U8", "[1]", "[0,1]") + ",\"wide\":" + entry("F32", "[1]", "[1,5]") + "}";
  auto bytes = file_of(header, 5);
  const float value = -3.25f;
  std::memcpy(bytes.data() + 8 + header.size() + 1, &value, 4);
  const auto file = SafetensorsFile::open(folder.write("odd.safetensors", bytes));
  EXPECT_EQ(file->tensor("wide").item<float>(), value);
}

// A deterministic sweep: whatever single byte is damaged, the reader answers with a tensor list or a
// FormatError.
TEST(WellFormed, NoDamagedByteCrashesTheReader) {
  const testing::TempFolder folder;
  const auto whole =
      file_of("{\"a\":" + entry("F32", "[1]", "[0,4]") + ",\"b\":" + entry("I8", "[2,1]", "[4,6]") + "}", 6);
  std::size_t refused = 0;
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const int flip : {1, 2, 0x80, 0xff}) {
      auto bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ flip);
      try {
        parse_safetensors_header(bytes, "damaged");
      } catch (const FormatError&) {
        ++refused;
      }
    }
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_THROW(parse_safetensors_header(std::string_view(whole).substr(0, length), "cut"), FormatError);
  EXPECT_GT(refused, whole.size());
}

}  // namespace
}  // namespace unidg::weights
