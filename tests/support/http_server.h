#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace unidg::testing {

/// A tiny HTTP/1.1 server on a free port of this machine, one thread a connection. It answers what `reply`
/// says and keeps what it was sent.
class HttpServer {
 public:
  struct Reply {
    int status = 200;
    std::string body, headers;  ///< headers as whole lines with "\r\n"
    int delay_ms = 0;
    bool is_dropped = false;  ///< the connection closes without a word
  };
  struct Received {
    std::string head, body;
  };

  /// @param reply number of the request, from 0, and the request
  explicit HttpServer(std::function<Reply(std::size_t, const Received&)> reply) : reply_(std::move(reply)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener_, 64);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { accept_all(); });
  }
  ~HttpServer() { stop(); }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void stop() {
    if (is_stopped_.exchange(true)) return;
    thread_.join();
    ::close(listener_);
    for (auto& thread : connections_) thread.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::vector<Received> received() const {
    const std::lock_guard lock(mutex_);
    return received_;
  }

 private:
  void accept_all() {
    while (!is_stopped_) {
      pollfd waiting{listener_, POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection >= 0) connections_.emplace_back([this, connection] { serve(connection); });
    }
  }

  void serve(int connection) {
    std::string data;
    char buffer[65536];
    std::size_t head_end = std::string::npos, wanted = 0;
    while (head_end == std::string::npos || data.size() < head_end + 4 + wanted) {
      const auto got = ::recv(connection, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      data.append(buffer, static_cast<std::size_t>(got));
      if (head_end == std::string::npos && (head_end = data.find("\r\n\r\n")) != std::string::npos)
        if (const auto at = data.find("Content-Length: "); at < head_end)
          wanted = std::stoul(data.substr(at + 16));
    }
    if (head_end == std::string::npos) {
      ::close(connection);
      return;
    }
    const Received request{data.substr(0, head_end), data.substr(head_end + 4)};
    Reply reply;
    {
      const std::lock_guard lock(mutex_);
      reply = reply_(received_.size(), request);
      received_.push_back(request);
    }
    for (int waited = 0; waited < reply.delay_ms && !is_stopped_; waited += 10)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    if (!reply.is_dropped) {
      const auto answer = "HTTP/1.1 " + std::to_string(reply.status) + " -\r\nConnection: close\r\n" +
                          reply.headers + "Content-Length: " + std::to_string(reply.body.size()) +
                          "\r\n\r\n" + reply.body;
      ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
    ::close(connection);
  }

  std::function<Reply(std::size_t, const Received&)> reply_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> is_stopped_{false};
  mutable std::mutex mutex_;
  std::vector<Received> received_;
  std::vector<std::thread> connections_;  // touched by the accepting thread, then by stop()
  std::thread thread_;
};

}  // namespace unidg::testing
