#pragma once
#include <optional>
#include <string>
#include <vector>

#include "unidg/evaluation/report/table.h"

namespace unidg::evaluation::report {

/// A generator of the paper's tables.
struct PaperMethod {
  std::string id, name, group;
};
/// One line of Table 5.
struct PrintedComponent {
  std::string id, name, group, printed, enabled, status;
};
/// One column of Table 10.
struct PrintedTime {
  std::string method, paradigm, resolution, iterations, seconds;
};
/// Figures of other papers, each under its own protocol.
struct PeerRow {
  std::string name, year, protocol, source;
  std::vector<std::string> values;  ///< as printed, in the order of PeerTable::keys
};
struct PeerTable {
  std::string protocol, source;
  std::vector<std::string> keys;
  std::vector<PeerRow> rows;
};

/// What the paper and its peers printed: published.json, compiled in. Values stay the printed text; cells
/// that cannot be right carry their footnote (docs/evaluation.md, Reports).
class Published {
 public:
  static const Published& get();
  /// @throws FormatError when a row has another number of values than its table has keys
  explicit Published(const Json& json);

  /// The printed cell with its footnotes; "-" when the paper prints none.
  /// @param table "1", "2", "12" ... "17"  @param object "" in Tables 1, 2 and 17; an object or "average"
  /// elsewhere
  Cell cell(const std::string& table, const std::string& method, const std::string& metric,
            const std::string& object = "") const;
  /// Mean of the printed cells of some objects, our arithmetic; "-" when one is not printed.
  Cell mean(const std::string& table, const std::string& method, const std::string& metric,
            const std::vector<std::string>& objects, int decimals) const;
  /// Methods that a table prints, in its order.
  std::vector<PaperMethod> methods_of(const std::string& table) const;

  const std::string& paper() const { return paper_; }
  const std::vector<std::string>& mvtec_objects() const { return mvtec_; }
  const std::vector<std::string>& visa_objects() const { return visa_; }
  const std::vector<PrintedComponent>& components() const { return components_; }
  const std::vector<PrintedTime>& times() const { return times_; }
  const PeerTable& peers() const { return peers_; }
  const PeerTable& calibration() const { return calibration_; }

 private:
  struct PrintedTable {
    std::string number, rows, columns;
    std::vector<std::string> keys;
    std::vector<std::pair<std::string, std::vector<std::string>>> values;
  };
  struct Note {
    std::string text, table, method;
    std::vector<std::string> metrics, objects;  ///< empty: all
  };
  std::string printed(const std::string& table, const std::string& method, const std::string& metric,
                      const std::string& object) const;

  std::string paper_;
  std::vector<PaperMethod> methods_;
  std::vector<std::string> mvtec_, visa_;
  std::vector<PrintedTable> tables_;
  std::vector<Note> notes_;
  std::vector<PrintedComponent> components_;
  std::vector<PrintedTime> times_;
  PeerTable peers_, calibration_;
};

}  // namespace unidg::evaluation::report
