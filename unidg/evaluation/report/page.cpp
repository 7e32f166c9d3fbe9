#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "unidg/core/error.h"
#include "unidg/evaluation/report/page_style.h"
#include "unidg/evaluation/report/plots.h"
#include "unidg/evaluation/report/render.h"
#include "unidg/evaluation/report/report.h"
#include "unidg/evaluation/report/tables.h"

namespace unidg::evaluation::report {
namespace {

int colour_of(const Run& run, const std::string& generator) {
  for (std::size_t i = 0; i < run.generators.size(); ++i)
    if (run.generators[i].name == generator) return static_cast<int>(i);
  return 0;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::string legend(const Run& run) {
  std::string out = "<div class=\"legend\">";
  for (std::size_t i = 0; i < run.generators.size(); ++i)
    out += text("<span style=\"--c:var(--s", i % kSeriesColours, ")\">", escape_html(run.generators[i].label),
                "</span>");
  return out + "</div>";
}

std::string grid(const std::string& plots, const std::string& kind = "") {
  return plots.empty() ? "" : "<div class=\"plots" + kind + "\">" + plots + "</div>";
}

/// Averages of the overview as bars with their ranges.
std::string bars(const Report& report) {
  std::string out;
  const Table& table = report.overview;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    std::vector<Bar> list;
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      const Cell& cell = table.rows[r].cells[c];
      if (!cell.is_number()) continue;
      Cell low, high;
      low.shown = cell.low, high.shown = cell.high;
      list.push_back({table.rows[r].labels.front(), cell.value(),
                      low.is_number() ? low.value() : cell.value(),
                      high.is_number() ? high.value() : cell.value(), static_cast<int>(r)});
    }
    const bool has_chance =
        table.columns[c].name.rfind("AUROC", 0) == 0 || table.columns[c].group == "realism";
    const bool is_fine = table.columns[c].group == "synthesis" || table.columns[c].group == "judge";
    if (!list.empty())
      out += bar_plot(table.columns[c].name + " (" + table.columns[c].group + ")", list, has_chance ? 50 : 0,
                      is_fine ? 2 : 1);
  }
  return grid(out);
}

/// The values of every seed, product by product.
std::string boxes(const Run& run) {
  std::string out;
  const std::vector<std::pair<std::string, std::string>> shown = {
      {"localisation", "ap_pixel"}, {"localisation", "auroc_image"}, {"classification", "accuracy"}};
  for (const auto& [task, name] : shown) {
    const ScoreInfo info = score_info(name);
    std::string plots;
    for (const auto& product : products_with(run, task, score(name))) {
      std::vector<Points1d> rows;
      for (const Generator& generator : run.generators) {
        auto values = over_seeds(run, task, product, generator.name, score(name));
        for (double& value : values) value *= info.is_percent ? 100 : 1;
        rows.push_back({generator.label, std::move(values), colour_of(run, generator.name)});
      }
      plots += box_plot(product + ": " + info.label, rows, 1);
    }
    if (!plots.empty()) out += "<h4>" + info.label + " of every seed (" + task + ")</h4>" + grid(plots);
  }
  return out;
}

/// Curves that the first seed stored, one plot a product and kind.
std::string curves(const Run& run) {
  struct Kind {
    const char *name, *title, *x, *y;
    bool chance;
  };
  const Kind kinds[] = {{"roc_image", "ROC, images", "false positive rate", "true positive rate", true},
                        {"pr_image", "PR, images", "recall", "precision", false},
                        {"roc_pixel", "ROC, pixels", "false positive rate", "true positive rate", true},
                        {"pr_pixel", "PR, pixels", "recall", "precision", false}};
  std::string out;
  std::vector<std::string> products = {kAllProducts};
  for (const Product& product : run.products) products.push_back(product.name);
  for (const auto& product : products) {
    std::string plots;
    for (const Kind& kind : kinds) {
      std::vector<Curve> list;
      for (const Result& r : run.results)
        if (r.product == product && !run.seeds.empty() && r.seed == run.seeds.front() &&
            r.curves.count(kind.name))
          list.push_back({run.label(r.generator), r.curves.at(kind.name), colour_of(run, r.generator)});
      if (!list.empty()) plots += curve_plot(kind.title, kind.x, kind.y, list, kind.chance);
    }
    if (!plots.empty())
      out += "<h4>" + (product == kAllProducts ? "Multi-class network" : escape_html(product)) + "</h4>" +
             grid(plots, " squares");
  }
  return out.empty() ? "" : "<h3>Curves of the first seed</h3>" + legend(run) + out;
}

std::string differences(const Run& run) {
  const TypeDifferences all = type_differences(run);
  if (all.list.empty()) return "";
  double limit = 1;
  for (const auto& d : all.list) limit = std::max(limit, std::abs(d.points));
  limit = ticks(0, limit).back();
  std::string plots;
  for (const Generator& generator : run.generators) {
    if (generator.is_oracle()) continue;
    std::vector<Difference> rows;
    std::string product;
    for (const auto& d : all.list) {
      if (d.generator != generator.name) continue;
      if (d.product != product && d.product != kAllProducts)
        rows.push_back({product = d.product, std::numeric_limits<double>::quiet_NaN()});
      rows.push_back({d.type, d.points});
    }
    if (!rows.empty()) plots += difference_plot(generator.label, rows, limit, colour_of(run, generator.name));
  }
  return "<h3>Defect types: points of " + score_info(all.score).label + " above or below " +
         escape_html(baseline_of(run)->label) + "</h3>" + grid(plots);
}

std::string tile(const std::string& uri, const std::string& alt) {
  if (uri.empty()) return "<span class=\"empty\">-</span>";
  return "<img loading=\"lazy\" src=\"" + uri + "\" alt=\"" + escape_html(alt) + "\">";
}

std::string figure(const std::string& pictures, const std::string& bold, const std::string& more) {
  return "<figure>" + pictures + "<figcaption><b>" + escape_html(bold) + "</b>" + escape_html(more) +
         "</figcaption></figure>";
}

std::string sample_sheets(const Report& report) {
  std::string out, product;
  for (const Sample& sample : report.samples) {
    if (sample.product != product) out += "<h3>" + escape_html(product = sample.product) + "</h3>";
    out +=
        "<h4>" + escape_html(sample.type.empty() ? sample.id : sample.type) + "</h4><div class=\"samples\">";
    if (!sample.reference.empty()) out += figure(tile(sample.reference, "reference"), "reference", "");
    out += figure(tile(sample.scene, "scene with the target mask"), "scene, mask", "");
    for (const Painted& painted : sample.painted)
      out += figure(tile(painted.result, painted.generator + ": result") +
                        (painted.zoom.empty() ? "" : tile(painted.zoom, painted.generator + ": zoom")),
                    painted.generator, painted.status == "ok" ? "" : painted.status);
    out += "</div>";
  }
  return out;
}

std::string worst_sheets(const Report& report) {
  std::string out, product, generator;
  bool is_open = false;
  for (const WorstPicture& worst : report.worst) {
    if (worst.product != product) {
      if (!product.empty()) out += "</div></details>";
      product = worst.product, generator.clear(), is_open = false;
      out += "<details><summary>" + escape_html(product) + "</summary>";
    }
    if (worst.generator != generator) {
      if (is_open) out += "</div>";
      generator = worst.generator, is_open = true;
      out += "<h4>" + escape_html(generator) + "</h4><div class=\"samples\">";
    }
    out += figure(tile(worst.picture, worst.why + ": " + worst.image), worst.why,
                  worst.type + ", score " + fixed(worst.score, 3) + ", " + worst.image);
  }
  return product.empty() ? "" : out + "</div></details>";
}

std::string facts(const Report& report) {
  const Run& run = report.run;
  std::vector<std::string> products, seeds;
  for (const auto& product : run.products) products.push_back(product.name);
  for (const auto seed : run.seeds) seeds.push_back(std::to_string(seed));
  std::string machine;
  for (const char* key : {"cpu", "cores", "memory_gib", "device"})
    if (run.machine.contains(key)) {
      const Json& value = run.machine[key];
      const std::string words = value.is_string()         ? value.get<std::string>()
                                : value.is_number_float() ? fixed(value.get<double>(), 0)
                                                          : value.dump();
      machine += (machine.empty() ? "" : ", ") + words +
                 (std::string(key) == "cores"        ? " cores"
                  : std::string(key) == "memory_gib" ? " GiB"
                                                     : "");
    }
  std::string out = "<dl class=\"facts\">";
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty())
      out += "<div><dt>" + escape_html(name) + "</dt><dd>" + escape_html(value) + "</dd></div>";
  };
  add("Date", run.date), add("Program", "unidg " + run.version), add("Products", joined(products));
  add("Seeds", joined(seeds)), add("Tasks", joined(run.tasks)), add("Machine", machine);
  add("Results", text(run.results.size(), run.is_complete() ? ", complete" : ", incomplete"));
  add("Protocol", run.as_published         ? "as published"
                  : run.deviations.empty() ? "ours, no deviations"
                                           : "ours, but " + joined(run.deviations));
  return out + "</dl>";
}

std::string alerts(const Report& report) {
  std::string out;
  if (!report.run.is_complete()) {
    const auto failed = std::count_if(report.run.missing.begin(), report.run.missing.end(),
                                      [](const MissingCell& cell) { return !cell.error.empty(); });
    out += text("<div class=\"alert\" role=\"status\"><p><b>Incomplete run.</b> ", report.run.missing.size(),
                " cells have no result", failed > 0 ? text(", ", failed, " of them failed") : "",
                ". Averages count only seeds that have every product. <a href=\"#missing\">Which "
                "cells</a></p></div>");
  }
  for (const auto& warning : report.warnings)
    out += "<div class=\"alert\" role=\"status\"><p>" + escape_html(warning) + "</p></div>";
  return out;
}

std::string rendered(const std::vector<Table>& tables) {
  std::string out;
  for (const Table& table : tables) out += to_html(table);
  return out;
}

/// .s0 ... .s7: bars, boxes and dots are filled, curves are drawn in the colour of their series.
std::string series_style() {
  std::string out;
  for (int i = 0; i < kSeriesColours; ++i)
    out += text(".s", i, "{fill:var(--s", i, ")}.curve.s", i, "{stroke:var(--s", i, ")}");
  return out;
}

struct Section {
  std::string id, title, body;
};

}  // namespace

std::string html_page(const Report& report) {
  const Run& run = report.run;
  const std::vector<Section> sections = {
      {"glance", "At a glance", to_html(report.overview) + bars(report)},
      {"paper", "The paper's tables",
       "<p>Printed values stay as printed, with a footnote on cells that cannot be right (" +
           escape_html(Published::get().paper()) + ").</p>" + rendered(report.paper)},
      {"own", "More of this run", differences(run) + rendered(report.own)},
      {"seeds", "Seeds and curves", boxes(run) + curves(run)},
      {"samples", "Samples",
       report.samples.empty()
           ? ""
           : "<p>The same targets for every generator. Below each result, the defect enlarged.</p>" +
                 sample_sheets(report)},
      {"worst", "Worst cases",
       report.worst.empty() ? ""
                            : "<p>Test pictures that the localisation network of the first seed got most "
                              "wrong. Ground truth is outlined.</p>" +
                                  worst_sheets(report)},
      {"costs", "Size and time", rendered(report.costs)},
      {"protocol", "Protocol and data", rendered(report.protocol)},
      {"elsewhere", "Figures of peers", rendered(report.peers)}};
  std::string links, body;
  for (const Section& section : sections) {
    if (section.body.empty()) continue;
    links += text("<li><a href=\"#", section.id, "\">", section.title, "</a></li>");
    body += text("<section aria-labelledby=\"", section.id, "\"><h2 id=\"", section.id, "\">", section.title,
                 "</h2>\n", section.body, "</section>\n");
  }
  return text(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
      "<title>",
      escape_html(run.name), "</title><style>", kPageStyle, series_style(),
      "</style></head><body>\n<a class=\"skip\" href=\"#glance\">Skip to the results</a><header "
      "class=\"top\"><h1>",
      escape_html(run.name), "</h1>", facts(report), alerts(report), "<nav aria-label=\"Contents\"><ul>",
      links, "</ul></nav></header>\n<main>\n", body,
      "</main>\n<footer>The same numbers: report.csv, report.json, report.tex, report.md beside this page. "
      "Missing is "
      "-, never 0.</footer><script>",
      kPageScript, "</script></body></html>\n");
}

}  // namespace unidg::evaluation::report
