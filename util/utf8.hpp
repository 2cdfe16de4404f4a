// SPDX-License-Identifier: GPL-2.0-only
// Text that JSON can carry. Pure; any thread.
#pragma once

#include <string>

namespace kbtf {

// Whether JSON can carry the text unchanged (RFC 8259, section 8.1). Other bytes, in a file name,
// are replaced on the way, so the file would not be found.
[[nodiscard]] bool is_utf8(const std::string& text);

} // namespace kbtf
