#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "unidg/core/torch.h"

namespace unidg::parallel {

/// Where a process stands among those that train together: torchrun's env:// variables.
struct Place {
  int rank = 0, size = 1;
  std::string address;     ///< MASTER_ADDR
  std::uint16_t port = 0;  ///< MASTER_PORT
  bool hosts_store =
      false;  ///< rank 0, unless torchrun's agent keeps the store (TORCHELASTIC_USE_AGENT_STORE)
  /// RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT; alone without WORLD_SIZE. With LOCAL_RANK the process sees
  /// its own GPU alone from here on (CUDA_VISIBLE_DEVICES), if CUDA was not touched before.
  /// @throws UsageError naming the variable that is missing or makes no sense
  static Place from_environment();
};

/// Sums over all processes. They find each other through c10d's TCPStore and pass chunks around a ring of TCP
/// connections (reduce-scatter, all-gather), so that every rank ends with the same bits. LibTorch's packages
/// carry no headers of Gloo or NCCL, hence no ProcessGroup (docs/training.md).
class Ring {
 public:
  /// Waits for all ranks. @param timeout_s silence after which a neighbour counts as lost
  /// @throws Error naming the rank that did not come
  Ring(const Place& place, double timeout_s);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }

  /// Sums each tensor over the ranks, in place; the same shapes everywhere. fp32 or fp64, any device.
  /// @throws Error naming the neighbour that closed its connection or stayed silent
  void sum(const std::vector<torch::Tensor>& tensors);

 private:
  template <typename T>
  void sum(T* values, std::size_t count);
  void sum_together(const std::vector<torch::Tensor>& bucket);
  void exchange(const char* out, std::size_t out_bytes, char* in, std::size_t in_bytes);

  int rank_ = 0, size_ = 1, next_ = -1, previous_ = -1;
  double timeout_s_ = 0;
};

}  // namespace unidg::parallel
