#include <c10/util/Exception.h>

#include <new>
#include <opencv2/core.hpp>

#include "unidg/cli/program.h"
#include "unidg/core/error.h"

namespace unidg::cli {
namespace {

constexpr const char* kMemoryAdvice =
    "out of memory. `unidg doctor` lists what each model needs; a smaller --set batch=1 or --set "
    "editing.size "
    "needs less.";

bool is_about_memory(const std::string& message) {
  return message.find("can't allocate memory") != std::string::npos ||
         message.find("out of memory") != std::string::npos;
}

std::string first_line(const std::string& message) { return message.substr(0, message.find('\n')); }

}  // namespace

Failure describe_failure(std::exception_ptr error) {
  try {
    std::rethrow_exception(error);
  } catch (const Interrupted& e) {
    return {Exit::Interrupted, e.what()};
  } catch (const UsageError& e) {
    return {Exit::Usage, e.what()};
  } catch (const InputError& e) {
    return {Exit::BadInput, e.what()};
  } catch (const Error& e) {
    return {Exit::RunFailed, e.what()};
  } catch (const std::bad_alloc&) {
    return {Exit::OutOfMemory, kMemoryAdvice};
  } catch (const c10::OutOfMemoryError&) {
    return {Exit::OutOfMemory, kMemoryAdvice};
  } catch (const c10::Error& e) {
    if (is_about_memory(e.what_without_backtrace())) return {Exit::OutOfMemory, kMemoryAdvice};
    return {Exit::RunFailed, text("LibTorch: ", first_line(e.what_without_backtrace()))};
  } catch (const cv::Exception& e) {
    if (e.code == cv::Error::StsNoMem) return {Exit::OutOfMemory, kMemoryAdvice};
    return {Exit::RunFailed, text("OpenCV: ", e.err)};
  } catch (const std::filesystem::filesystem_error& e) {
    return {Exit::RunFailed, text(e.path1().string(), ": ", e.code().message())};
  } catch (const std::exception& e) {
    return {Exit::RunFailed, text("unexpected: ", first_line(e.what()))};
  }
}

}  // namespace unidg::cli
