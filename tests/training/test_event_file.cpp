#include <gtest/gtest.h>

#include "unidg/training/event_file.h"
#include "unidg/training/plot.h"

namespace unidg::training {
namespace {

TEST(EventFile, ChecksumIsCastagnolis) {  // RFC 3720, B.4
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
}

TEST(EventFile, RecordsAreAsTensorBoardWritesThem) {
  // Written by tensorflow's EventFileWriter: length, CRC, wall_time 2.0, file_version, CRC.
  const auto header = event_header(2.0);
  EXPECT_EQ(header.substr(0, 8), std::string("\x18\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(header.substr(12, 24), std::string("\x09\0\0\0\0\0\0\0\x40\x1a\x0d"
                                               "brain.Event:2",
                                               24));
  const auto record = event_record(2.0, 300, {{"a", 1.5F}});
  // step 300 = 0xac 0x02; summary { value { tag: "a" simple_value: 1.5 } }
  EXPECT_EQ(record.substr(12, record.size() - 16),
            std::string("\x09\0\0\0\0\0\0\0\x40\x10\xac\x02\x2a\x0a\x0a\x08\x0a\x01"
                        "a\x15\0\0\xc0\x3f",
                        24));
}

TEST(LossPlot, ShowsCurvesInsideItsAxes) {
  std::vector<PlotPoint> losses, validation;
  for (int i = 1; i <= 200; ++i) losses.push_back({double(i), 1.0 / i + (i == 50 ? 100 : 0)});
  validation = {{100, 0.2}, {200, 0.1}};
  const auto picture = loss_plot(losses, validation);
  EXPECT_EQ(picture.sizes(), (std::vector<std::int64_t>{3, 400, 640}));
  const auto blue = ((picture[0] < -0.7) & (picture[2] > 0.5)).sum().item<std::int64_t>();
  const auto orange = ((picture[0] > 0.8) & (picture[2] < -0.7)).sum().item<std::int64_t>();
  EXPECT_GT(blue, 500);
  EXPECT_GT(orange, 100);
  EXPECT_TRUE(torch::equal(loss_plot({}, {}), loss_plot({}, {})));
}

}  // namespace
}  // namespace unidg::training
