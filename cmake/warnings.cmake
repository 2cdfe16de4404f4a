# SPDX-License-Identifier: GPL-2.0-only
# One interface target that every folder's library links: warnings, and the project root as include path.
add_library(kbtf_options INTERFACE)
target_compile_options(kbtf_options INTERFACE -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion
                                              -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual)
target_include_directories(kbtf_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
