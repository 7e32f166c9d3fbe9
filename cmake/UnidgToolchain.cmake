# ccache and mold where they are installed; warnings for our code; sanitizers on request.
find_program(UNIDG_CCACHE ccache)
if(UNIDG_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # A precompiled header is only cacheable with these two sloppiness settings; paths relative to the checkout let
  # several build folders and checkouts share what was compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
                                  CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${UNIDG_CCACHE})
endif()
find_program(UNIDG_MOLD mold)
if(UNIDG_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# -O2, not -O3: the time goes into LibTorch and OpenCV, and files compile faster.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

add_library(unidg_options INTERFACE)
target_include_directories(unidg_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(unidg_options INTERFACE -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers -Wno-restrict $<$<BOOL:${UNIDG_WERROR}>:-Werror>)
if(UNIDG_TRAIN_ONLY)
  target_compile_definitions(unidg_options INTERFACE UNIDG_TRAIN_ONLY=1)
endif()
if(UNIDG_CCACHE)
  target_compile_options(unidg_options INTERFACE -fpch-preprocess)
endif()
if(UNIDG_SANITIZE)
  target_compile_options(unidg_options INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
