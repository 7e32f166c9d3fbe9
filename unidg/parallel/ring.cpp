#include "unidg/parallel/ring.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "unidg/core/error.h"

namespace unidg::parallel {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

int number(const char* name, int low, int high) {
  const auto words = variable(name);
  int out = 0;
  const auto [end, error] = std::from_chars(words.data(), words.data() + words.size(), out);
  if (error != std::errc() || end != words.data() + words.size() || out < low || out > high)
    throw UsageError("environment: ", name, " is '", words, "' but must be a number in [", low, ", ", high,
                     "]; torchrun sets it (torchrun ... --no-python -- unidg sft train ...)");
  return out;
}

/// A process of several on one machine uses the GPU of its local rank.
void choose_gpu() {
  if (variable("LOCAL_RANK").empty()) return;
  constexpr int kMost = 4096;
  const auto index = number("LOCAL_RANK", 0, kMost);
  const auto given = variable("CUDA_VISIBLE_DEVICES");
  std::string own = std::to_string(index);
  if (!given.empty()) {
    std::size_t from = 0;
    for (int i = 0; i < index && from != std::string::npos; ++i)
      if ((from = given.find(',', from)) != std::string::npos) ++from;
    if (from == std::string::npos) return;  // fewer GPUs than processes: they share what is given
    own = given.substr(from, given.find(',', from) - from);
  }
  ::setenv("CUDA_VISIBLE_DEVICES", own.c_str(), 1);
}

[[noreturn]] void fail(const std::string& what) {
  throw Error("data parallel: ", what, ": ", std::strerror(errno));
}

void set_options(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
}

/// This machine's address as the master sees it.
std::string own_address(const Place& place) {
  ::addrinfo hints{}, *found = nullptr;
  hints.ai_family = AF_INET, hints.ai_socktype = SOCK_DGRAM;
  if (::getaddrinfo(place.address.c_str(), std::to_string(place.port).c_str(), &hints, &found) != 0)
    throw Error("data parallel: MASTER_ADDR '", place.address, "' is no host that can be found");
  const int probe = ::socket(AF_INET, SOCK_DGRAM, 0);
  ::sockaddr_in own{};
  ::socklen_t size = sizeof(own);
  const bool ok = ::connect(probe, found->ai_addr, found->ai_addrlen) == 0 &&
                  ::getsockname(probe, reinterpret_cast<::sockaddr*>(&own), &size) == 0;
  ::close(probe);
  ::freeaddrinfo(found);
  if (!ok) fail("no way to " + place.address);
  char words[INET_ADDRSTRLEN];
  ::inet_ntop(AF_INET, &own.sin_addr, words, sizeof(words));
  return words;
}

int listen_anywhere(std::uint16_t& port) {
  const int out = ::socket(AF_INET, SOCK_STREAM, 0);
  ::sockaddr_in any{};
  any.sin_family = AF_INET;
  ::socklen_t size = sizeof(any);
  if (out < 0 || ::bind(out, reinterpret_cast<::sockaddr*>(&any), size) != 0 || ::listen(out, 1) != 0 ||
      ::getsockname(out, reinterpret_cast<::sockaddr*>(&any), &size) != 0)
    fail("no port to listen on");
  port = ntohs(any.sin_port);
  return out;
}

int connect_to(const std::string& place) {
  const auto colon = place.rfind(':');
  ::sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(place.substr(colon + 1))));
  ::inet_pton(AF_INET, place.substr(0, colon).c_str(), &to.sin_addr);
  const int out = ::socket(AF_INET, SOCK_STREAM, 0);
  if (out < 0 || ::connect(out, reinterpret_cast<::sockaddr*>(&to), sizeof(to)) != 0)
    fail("no connection to the next rank at " + place);
  return out;
}

int accept_within(int listener, double timeout_s, int previous) {
  ::pollfd one{listener, POLLIN, 0};
  constexpr double kMilliseconds = 1000;
  if (::poll(&one, 1, static_cast<int>(timeout_s * kMilliseconds)) <= 0)
    throw Error("data parallel: rank ", previous, " did not connect within ", timeout_s, " s");
  const int out = ::accept(listener, nullptr, nullptr);
  if (out < 0) fail("no connection from the previous rank");
  return out;
}

}  // namespace

Place Place::from_environment() {
  Place out;
  if (variable("WORLD_SIZE").empty()) return out;
  constexpr int kMost = 65535;
  out.size = number("WORLD_SIZE", 1, kMost);
  if (out.size == 1) return out;
  out.rank = number("RANK", 0, out.size - 1);
  out.address = variable("MASTER_ADDR");
  if (out.address.empty())
    throw UsageError("environment: WORLD_SIZE is ", out.size,
                     " but MASTER_ADDR is not set (the host of rank 0)");
  out.port = static_cast<std::uint16_t>(number("MASTER_PORT", 1, kMost));
  out.hosts_store = out.rank == 0 && variable("TORCHELASTIC_USE_AGENT_STORE") != "True";
  choose_gpu();
  return out;
}

Ring::Ring(const Place& place, double timeout_s)
    : rank_(place.rank), size_(place.size), timeout_s_(timeout_s) {
  if (size_ == 1) return;
  std::string awaited = "the store at " + place.address + ":" + std::to_string(place.port);
  try {
    c10d::TCPStoreOptions options;
    options.port = place.port, options.isServer = place.hosts_store, options.waitWorkers = false;
    options.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(timeout_s * 1000));
    const auto store = c10::make_intrusive<c10d::TCPStore>(place.address, options);
    const auto key = [](int rank) { return "unidg/ring/" + std::to_string(rank); };
    std::uint16_t port = 0;
    const int listener = listen_anywhere(port);
    const auto here = own_address(place) + ":" + std::to_string(port);
    store->set(key(rank_), std::vector<std::uint8_t>(here.begin(), here.end()));
    const int next = (rank_ + 1) % size_, previous = (rank_ + size_ - 1) % size_;
    awaited = "rank " + std::to_string(next);
    next_ = connect_to(store->get_to_str(key(next)));
    previous_ = accept_within(listener, timeout_s, previous);
    ::close(listener);
    set_options(next_), set_options(previous_);
    // Nobody leaves (and takes the store along) before all have their neighbours.
    awaited = "the other ranks";
    store->add("unidg/ready", 1);
    const auto deadline = std::chrono::steady_clock::now() + options.timeout;
    while (store->add("unidg/ready", 0) < size_) {
      if (std::chrono::steady_clock::now() > deadline)
        throw Error("data parallel: not all of ", size_, " ranks were there within ", timeout_s, " s");
      ::usleep(2000);
    }
    if (place.hosts_store) {
      store->add("unidg/left", 1);
      while (store->add("unidg/left", 0) < size_ && std::chrono::steady_clock::now() < deadline)
        ::usleep(2000);
    } else {
      store->add("unidg/left", 1);
    }
  } catch (const c10::Error& error) {
    throw Error("data parallel: rank ", rank_, " waited ", timeout_s, " s for ", awaited,
                " in vain: ", error.what_without_backtrace());
  }
}

Ring::~Ring() {
  if (next_ >= 0) ::close(next_);
  if (previous_ >= 0) ::close(previous_);
}

void Ring::exchange(const char* out, std::size_t out_bytes, char* in, std::size_t in_bytes) {
  const auto lost = [&](int rank, const std::string& how) {
    throw Error("data parallel: rank ", rank_, " lost rank ", (rank + size_) % size_, ", which ", how,
                ". Look at its messages. Start all ranks again; the run goes on from its newest checkpoint.");
  };
  while (out_bytes > 0 || in_bytes > 0) {
    ::pollfd ends[2] = {{out_bytes > 0 ? next_ : -1, POLLOUT, 0}, {in_bytes > 0 ? previous_ : -1, POLLIN, 0}};
    const int ready = ::poll(ends, 2, static_cast<int>(timeout_s_ * 1000));
    if (ready < 0 && errno != EINTR) fail("poll");
    if (ready == 0)
      lost(in_bytes > 0 ? rank_ - 1 : rank_ + 1,
           "was silent for " + std::to_string(static_cast<int>(timeout_s_)) + " s");
    if (ends[0].revents != 0) {
      const auto sent = ::send(next_, out, out_bytes, MSG_NOSIGNAL);
      if (sent > 0) out += sent, out_bytes -= static_cast<std::size_t>(sent);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) lost(rank_ + 1, "closed its connection");
    }
    if (ends[1].revents != 0) {
      const auto got = ::recv(previous_, in, in_bytes, 0);
      if (got > 0) in += got, in_bytes -= static_cast<std::size_t>(got);
      if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        lost(rank_ - 1, "closed its connection");
    }
  }
}

template <typename T>
void Ring::sum(T* values, std::size_t count) {
  const auto parts = static_cast<std::size_t>(size_), own = static_cast<std::size_t>(rank_);
  const auto first = [&](std::size_t part) { return count * (part % parts) / parts; };
  const auto length = [&](std::size_t part) { return count * (part % parts + 1) / parts - first(part); };
  std::vector<T> received((count + parts - 1) / parts);
  const auto bytes = [&](std::size_t part) { return length(part) * sizeof(T); };
  const auto at = [&](std::size_t part) { return reinterpret_cast<char*>(values + first(part)); };
  for (std::size_t turn = 0; turn + 1 < parts; ++turn) {  // each rank ends with one part's whole sum
    const auto out = own + parts - turn, in = out + parts - 1;
    exchange(at(out), bytes(out), reinterpret_cast<char*>(received.data()), bytes(in));
    for (std::size_t i = 0; i < length(in); ++i) values[first(in) + i] += received[i];
  }
  for (std::size_t turn = 0; turn + 1 < parts; ++turn) {
    const auto out = own + 1 + parts - turn, in = out + parts - 1;
    exchange(at(out), bytes(out), at(in), bytes(in));
  }
}

void Ring::sum(const std::vector<torch::Tensor>& tensors) {
  if (size_ == 1) return;
  for (const auto& tensor : tensors)
    if (tensor.scalar_type() != torch::kFloat32 && tensor.scalar_type() != torch::kFloat64)
      throw Error("Ring::sum: a tensor of ", toString(tensor.scalar_type()), "; fp32 and fp64 are summed");
  // Several tensors travel together, but never all: gradients of a large network would be there three times.
  constexpr std::int64_t kBucket = 1 << 24;
  for (std::size_t from = 0; from < tensors.size();) {
    const auto dtype = tensors[from].scalar_type();
    std::size_t to = from;
    for (std::int64_t size = 0; to < tensors.size() && tensors[to].scalar_type() == dtype &&
                                (to == from || size + tensors[to].numel() <= kBucket);
         ++to)
      size += tensors[to].numel();
    sum_together({tensors.begin() + static_cast<std::ptrdiff_t>(from),
                  tensors.begin() + static_cast<std::ptrdiff_t>(to)});
    from = to;
  }
}

void Ring::sum_together(const std::vector<torch::Tensor>& bucket) {
  torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> flat;
  for (const auto& tensor : bucket) flat.push_back(tensor.detach().reshape({-1}).to(torch::kCPU));
  const auto joined = torch::cat(flat).contiguous();
  const auto count = static_cast<std::size_t>(joined.numel());
  if (joined.scalar_type() == torch::kFloat32)
    sum(joined.data_ptr<float>(), count);
  else
    sum(joined.data_ptr<double>(), count);
  std::int64_t from = 0;
  for (const auto& tensor : bucket) {
    tensor.detach().copy_(joined.narrow(0, from, tensor.numel()).view_as(tensor));
    from += tensor.numel();
  }
}

}  // namespace unidg::parallel
