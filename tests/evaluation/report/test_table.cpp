#include <gmock/gmock.h>

#include <limits>

#include "unidg/evaluation/report/plots.h"
#include "unidg/evaluation/report/table.h"

namespace unidg::evaluation::report {
namespace {

using ::testing::ElementsAre;

TEST(Fixed, RoundsAndNeverShowsMinusZero) {
  EXPECT_EQ(fixed(98.05, 2), "98.05");
  EXPECT_EQ(fixed(-0.004, 2), "0.00");
  EXPECT_EQ(fixed(-0.006, 2), "-0.01");
  EXPECT_EQ(fixed(7.0, 0), "7");
}

TEST(Fixed, WhatIsNoNumberIsMissingAndNotZero) {
  EXPECT_EQ(fixed(std::numeric_limits<double>::quiet_NaN(), 1), "-");
  EXPECT_EQ(fixed(std::numeric_limits<double>::infinity(), 1), "-");
  EXPECT_TRUE(Cell{}.is_missing());
  EXPECT_FALSE(Cell{}.is_number());
}

TEST(Cells, WordsThatLookLikeNumbersAreWords) {
  for (const char* words :
       {"-", "", "0123456789012345", "12e4", "0x10", "nan", "1.2.3", "11,902", "256 x 256"})
    EXPECT_FALSE(Cell::words(words).is_number()) << words;
  for (const char* words : {"100", "3.4", "-0.5"}) EXPECT_TRUE(Cell::words(words).is_number()) << words;
}

std::vector<Rank> ranks_of(std::vector<Cell> cells, Better better) {
  std::vector<Cell*> pointers;
  for (Cell& cell : cells) pointers.push_back(&cell);
  rank(pointers, better);
  std::vector<Rank> out;
  for (const Cell& cell : cells) out.push_back(cell.rank);
  return out;
}

TEST(Rank, TiesAreDecidedOnTheNumbersShown) {
  const std::vector<Cell> cells = {
      Cell::number(77.04, 1), Cell::number(76.96, 1), Cell::number(70, 1), {}, Cell::number(69, 1)};
  EXPECT_THAT(ranks_of(cells, Better::Higher),
              ElementsAre(Rank::Best, Rank::Best, Rank::Second, Rank::None, Rank::None));
}

TEST(Rank, LowerAndNearHalf) {
  const std::vector<Cell> cells = {Cell::number(40, 1), Cell::number(55, 1), Cell::number(61, 1)};
  EXPECT_THAT(ranks_of(cells, Better::Lower), ElementsAre(Rank::Best, Rank::Second, Rank::None));
  EXPECT_THAT(ranks_of(cells, Better::NearHalf), ElementsAre(Rank::Second, Rank::Best, Rank::None));
  EXPECT_THAT(ranks_of(cells, Better::Unranked), ElementsAre(Rank::None, Rank::None, Rank::None));
}

TEST(Rank, OneNumberIsNoComparison) {
  EXPECT_THAT(ranks_of({Cell::number(1, 1), {}}, Better::Higher), ElementsAre(Rank::None, Rank::None));
}

TEST(Rank, EqualNumbersAreNoRanking) {
  EXPECT_THAT(ranks_of({Cell::number(3, 1), Cell::number(3, 1), {}}, Better::Higher),
              ElementsAre(Rank::None, Rank::None, Rank::None));
}

TEST(RelativeChange, IsMissingWhereAPartIsMissing) {
  EXPECT_EQ(relative_change(Cell::words("90.98"), Cell::words("81.82")), "+11.2%");
  EXPECT_EQ(relative_change(Cell::words("20.48"), Cell::words("26.45")), "-22.6%");
  EXPECT_EQ(relative_change(Cell::words("1"), Cell{}), "");
  EXPECT_EQ(relative_change(Cell::words("1"), Cell::words("0")), "");
}

TEST(NoteMark, GoesOnBehindZ) {
  EXPECT_EQ(note_mark(0), "a");
  EXPECT_EQ(note_mark(25), "z");
  EXPECT_EQ(note_mark(26), "aa");
  EXPECT_EQ(note_mark(52), "ba");
}

TEST(Footnotes, AreGivenOnceInOrder) {
  Table table;
  table.columns = {{"", "x"}, {"", "y"}};
  Cell first = Cell::number(1, 0), second = Cell::number(2, 0);
  first.notes = {"late", "early"}, second.notes = {"early"};
  table.rows = {{"", {}, {first, second}}};
  const auto notes = footnotes(table);
  EXPECT_THAT(notes, ElementsAre("late", "early"));
  EXPECT_EQ(marks(first, notes), "a,b");
  EXPECT_EQ(marks(second, notes), "b");
}

TEST(Ticks, CoverTheRange) {
  for (const auto& [low, high] :
       std::vector<std::pair<double, double>>{{0, 1}, {0, 97.3}, {-13, 4}, {50, 50}}) {
    const auto marks = ticks(low, high);
    EXPECT_LE(marks.front(), low + 1e-9);
    EXPECT_GE(marks.back(), high - 1e-9);
    EXPECT_GE(marks.size(), 2U);
    EXPECT_LE(marks.size(), 7U);
  }
}

TEST(Plots, EscapeLabelsAndShowEveryValue) {
  const auto svg = bar_plot("a < b", {{"x & y", 12.5, 11, 14, 0}, {"z", 3, 3, 3, 1}}, 0, 1);
  EXPECT_THAT(svg, ::testing::HasSubstr("a &lt; b"));
  EXPECT_THAT(svg, ::testing::HasSubstr("x &amp; y"));
  EXPECT_THAT(svg, ::testing::HasSubstr(">12.5<"));
  EXPECT_THAT(svg, ::testing::HasSubstr(">3.0<"));
  EXPECT_THAT(box_plot("t", {{"none", {}, 0}, {"one", {7}, 1}}, 1), ::testing::HasSubstr(">-<"));
}

}  // namespace
}  // namespace unidg::evaluation::report
