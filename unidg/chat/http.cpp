#include "unidg/chat/http.h"

#include <curl/curl.h>

#include <memory>
#include <mutex>

#include "unidg/core/error.h"
#include "unidg/core/progress.h"

namespace unidg::chat {
namespace {

constexpr std::size_t kBodyLimit = std::size_t{64} << 20;

std::size_t on_body(char* data, std::size_t, std::size_t bytes, void* reply) {
  auto& body = static_cast<HttpReply*>(reply)->body;
  if (body.size() + bytes > kBodyLimit) return 0;
  body.append(data, bytes);
  return bytes;
}

std::size_t on_header(char* data, std::size_t, std::size_t bytes, void* reply) {
  const std::string line(data, bytes);
  const auto colon = line.find(':');
  if (colon == std::string::npos) return bytes;
  std::string name = line.substr(0, colon);
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto first = line.find_first_not_of(" \t", colon + 1), last = line.find_last_not_of(" \t\r\n");
  static_cast<HttpReply*>(reply)->headers[name] =
      first == std::string::npos || last < first ? "" : line.substr(first, last - first + 1);
  return bytes;
}

int on_progress(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) { return interrupted() ? 1 : 0; }

}  // namespace

HttpReply http_post(const HttpRequest& request) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), curl_easy_cleanup);
  if (!handle) throw ServiceError(request.url, ": libcurl could not be started");

  curl_slist* list = nullptr;
  for (const auto& header : request.headers) list = curl_slist_append(list, header.c_str());
  list = curl_slist_append(list, "Expect:");  // send the body at once
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(list, curl_slist_free_all);

  HttpReply reply;
  char reason[CURL_ERROR_SIZE] = "";
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(handle.get(), option, value); };
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTPHEADER, headers.get());
  set(CURLOPT_POST, 1L);
  set(CURLOPT_POSTFIELDS, request.body.data());
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout_s * 1000));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout_s * 1000));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_WRITEFUNCTION, on_body);
  set(CURLOPT_WRITEDATA, &reply);
  set(CURLOPT_HEADERFUNCTION, on_header);
  set(CURLOPT_HEADERDATA, &reply);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, on_progress);
  set(CURLOPT_ERRORBUFFER, reason);
  const auto code = curl_easy_perform(handle.get());
  if (code == CURLE_ABORTED_BY_CALLBACK) throw Interrupted("stopped while waiting for ", request.url);
  if (code != CURLE_OK) throw ServiceError(request.url, ": ", *reason ? reason : curl_easy_strerror(code));
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &reply.status);
  return reply;
}

}  // namespace unidg::chat
