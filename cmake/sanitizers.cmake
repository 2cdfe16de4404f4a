# SPDX-License-Identifier: GPL-2.0-only
set(KBTF_SANITIZE "" CACHE STRING "Value for -fsanitize=, empty for none")
if(KBTF_SANITIZE)
  # Without the third a program goes on after undefined behaviour, and its test passes.
  add_compile_options(-fsanitize=${KBTF_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${KBTF_SANITIZE})
endif()
