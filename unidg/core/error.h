#pragma once
#include <sstream>
#include <stdexcept>
#include <string>

namespace unidg {

/// Joins any streamable parts into one message.
template <typename... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

/// Base of every error we raise on purpose. The type says who must act; a message gives file, name, what was
/// found, what was expected and the next step.
class Error : public std::runtime_error {
 public:
  template <typename... Parts>
  explicit Error(const Parts&... parts) : std::runtime_error(text(parts...)) {}
};

/// A flag or a config value is wrong. Exit code 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// An image, mask, dataset or weight file is wrong. Exit code 3, HTTP 400.
class InputError : public Error {
 public:
  using Error::Error;
};

/// A file does not follow its format. Exit code 3.
class FormatError : public InputError {
 public:
  using InputError::InputError;
};

/// A remote service failed; the call may be repeated. Exit code 1.
class ServiceError : public Error {
 public:
  using Error::Error;
};

/// The user asked to stop (Ctrl+C). Exit code 130.
class Interrupted : public Error {
 public:
  using Error::Error;
};

}  // namespace unidg
