#include "unidg/core/progress.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace unidg {
namespace {
Progress::Style g_style = Progress::Style::Auto;
volatile std::sig_atomic_t g_interrupted = 0;
void on_signal(int) {
  if (g_interrupted) ::_exit(130);
  g_interrupted = 1;
}
}  // namespace

void Progress::set_default_style(Style style) { g_style = style; }
Progress::Style Progress::default_style() { return g_style; }

Progress::Progress(std::string what, std::int64_t total, Style style)
    : what_(std::move(what)),
      total_(total),
      style_(style),
      terminal_(::isatty(STDERR_FILENO) != 0),
      start_(std::chrono::steady_clock::now()),
      last_(start_ - std::chrono::hours(1)) {}

Progress::~Progress() {
  if (shown_ && shown_done_ != done_) show(true);  // the end, unless it was told already
  if (shown_ && style_ == Style::Auto && terminal_) std::fputc('\n', stderr);
}

void Progress::advance(std::int64_t by, const std::string& note) { set(done_ + by, note); }

void Progress::set(std::int64_t done, const std::string& note) {
  if (!shown_ && done_ == 0 && done > 1) first_ = done - 1;  // a resumed run: its rate counts from here
  done_ = done;
  note_ = note;
  show(false);
}

void Progress::show(bool force) {
  if (style_ == Style::Quiet) return;
  const auto now = std::chrono::steady_clock::now();
  const bool bar = style_ == Style::Auto && terminal_;
  const double gap = bar ? 0.2 : 5.0;
  if (!force && std::chrono::duration<double>(now - last_).count() < gap) return;
  last_ = now;
  shown_ = true, shown_done_ = done_;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done_ - first_) / seconds : 0;
  const double left = rate > 0 && total_ > done_ ? static_cast<double>(total_ - done_) / rate : 0;
  if (style_ == Style::Json) {
    const nlohmann::ordered_json line = {{"event", "progress"}, {"what", what_},      {"done", done_},
                                         {"total", total_},     {"seconds", seconds}, {"eta_s", left},
                                         {"note", note_}};
    std::fprintf(stderr, "%s\n", line.dump().c_str());
    return;
  }
  if (total_ <= 0) {  // not known: only what is done
    std::fprintf(stderr, "%s%s %lld, %.1f s%s%s%s", bar ? "\r\033[K" : "", what_.c_str(),
                 static_cast<long long>(done_), seconds, note_.empty() ? "" : ", ", note_.c_str(),
                 bar ? "" : "\n");
    std::fflush(stderr);
    return;
  }
  if (bar) {
    const int width = 24;
    const int full = total_ > 0 ? static_cast<int>(width * done_ / total_) : 0;
    std::string drawn(static_cast<std::size_t>(full), '#');
    drawn.resize(width, '.');
    std::fprintf(stderr, "\r\033[K%s [%s] %lld/%lld  %.0f s left  %s", what_.c_str(), drawn.c_str(),
                 static_cast<long long>(done_), static_cast<long long>(total_), left, note_.c_str());
    std::fflush(stderr);
    return;
  }
  std::fprintf(stderr, "%s %lld/%lld, %.1f s, %.0f s left%s%s\n", what_.c_str(),
               static_cast<long long>(done_), static_cast<long long>(total_), seconds, left,
               note_.empty() ? "" : ", ", note_.c_str());
}

void install_interrupt_handler() {
  struct ::sigaction action {};
  action.sa_handler = on_signal;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}
bool interrupted() { return g_interrupted != 0; }
void request_interrupt() { g_interrupted = 1; }
void clear_interrupt() { g_interrupted = 0; }

}  // namespace unidg
