#pragma once
/// The parts of LibTorch that every room with tensors uses. <torch/torch.h> brings three times as much and costs each
/// file seconds; optimizers and autograd functions are included where they are used.
#include <torch/cuda.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>
#include <torch/utils.h>
