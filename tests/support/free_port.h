#pragma once
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

namespace unidg::testing {

/// A port that nobody uses now.
inline std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  ::sockaddr_in any{};
  any.sin_family = AF_INET;
  ::socklen_t size = sizeof(any);
  ::bind(socket, reinterpret_cast<::sockaddr*>(&any), size);
  ::getsockname(socket, reinterpret_cast<::sockaddr*>(&any), &size);
  ::close(socket);
  return ntohs(any.sin_port);
}

}  // namespace unidg::testing
