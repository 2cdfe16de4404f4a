# SPDX-License-Identifier: GPL-2.0-only
# One interface target that every folder's library links: warnings, and the project root as include path.
add_library(kbtf_options INTERFACE)
target_compile_options(kbtf_options INTERFACE -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion
                                              -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual)
# GCC 12 warns of overlaps in std::string's own operator+ that cannot be (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(kbtf_options INTERFACE -Wno-restrict)
endif()
target_include_directories(kbtf_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
