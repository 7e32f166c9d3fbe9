#pragma once
#include <map>
#include <string>
#include <vector>

namespace unidg::chat {

struct HttpRequest {
  std::string url;
  std::vector<std::string> headers;  ///< "Name: value"
  std::string body;
  double timeout_s = 300, connect_timeout_s = 20;
};

struct HttpReply {
  long status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

/// One POST over http or https; certificates are checked, redirections are not followed (the key would go
/// along).
/// @throws ServiceError when no reply came (refused, timed out, broken, above 64 MiB), naming host and
/// reason; Interrupted at Ctrl+C
HttpReply http_post(const HttpRequest& request);

}  // namespace unidg::chat
