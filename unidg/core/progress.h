#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace unidg {

/// Shows long work: a bar on a terminal, a plain line now and then elsewhere, JSON lines on request.
/// Everything goes to standard error; standard output belongs to results.
class Progress {
 public:
  enum class Style { Auto, Plain, Json, Quiet };
  Progress(std::string what, std::int64_t total, Style style = default_style());
  ~Progress();
  void advance(std::int64_t by = 1, const std::string& note = "");
  void set(std::int64_t done, const std::string& note = "");
  static void set_default_style(Style style);
  static Style default_style();

 private:
  void show(bool force);
  std::string what_, note_;
  std::int64_t total_, done_ = 0, first_ = 0, shown_done_ = -1;
  Style style_;
  bool terminal_, shown_ = false;
  std::chrono::steady_clock::time_point start_, last_;
};

/// Installs SIGINT/SIGTERM handlers: the first signal asks to stop after the item at hand, a second ends at
/// once.
void install_interrupt_handler();
bool interrupted();
void request_interrupt();  ///< what the signal does; for tests
void clear_interrupt();

}  // namespace unidg
