# SPDX-License-Identifier: GPL-2.0-only
set(KBTF_SANITIZE "" CACHE STRING "Value for -fsanitize=, empty for none")
if(KBTF_SANITIZE)
  add_compile_options(-fsanitize=${KBTF_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${KBTF_SANITIZE})
endif()
