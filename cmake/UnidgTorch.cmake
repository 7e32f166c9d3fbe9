# LibTorch: whatever CMAKE_PREFIX_PATH gives, else the wheel in the local virtual environment.
if(NOT DEFINED Torch_DIR)
  file(GLOB UNIDG_WHEEL_TORCH ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch/share/cmake/Torch)
  if(UNIDG_WHEEL_TORCH)
    list(APPEND CMAKE_PREFIX_PATH ${UNIDG_WHEEL_TORCH})
  endif()
endif()
find_package(Torch 2.6 QUIET)
if(NOT Torch_FOUND)
  message(FATAL_ERROR "LibTorch >= 2.6 was not found. `make setup` installs it into .venv, or pass "
                      "-DCMAKE_PREFIX_PATH=/path/to/libtorch.")
endif()
