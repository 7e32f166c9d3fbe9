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

# One precompiled header for every room that sees tensors.
file(WRITE ${CMAKE_BINARY_DIR}/pch_anchor.cpp.new "// Anchor of the shared precompiled header.\n")
file(COPY_FILE ${CMAKE_BINARY_DIR}/pch_anchor.cpp.new ${CMAKE_BINARY_DIR}/pch_anchor.cpp ONLY_IF_DIFFERENT)
add_library(unidg_pch STATIC ${CMAKE_BINARY_DIR}/pch_anchor.cpp)
target_link_libraries(unidg_pch PUBLIC unidg_options ${TORCH_LIBRARIES})
target_precompile_headers(unidg_pch PUBLIC <torch/torch.h> <filesystem> <map> <optional> <string> <vector>)

function(unidg_torch_target target)
  # Programs are compiled like the libraries (-fPIC, not -fPIE), or they could not use the precompiled header.
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${target} PRIVATE -fPIC)
  target_link_libraries(${target} PRIVATE unidg_options ${TORCH_LIBRARIES})
  target_precompile_headers(${target} REUSE_FROM unidg_pch)
endfunction()
