// SPDX-License-Identifier: GPL-2.0-only
// Columns of the table "module", in the order in which StateDb writes and reads them.
#pragma once

namespace kbtf {

inline constexpr const char* k_module_columns = "ko,state,dev,ino,size,mtime_ns,ctime_ns,settled,"
                                                "base,tools,linker,pristine,rest,btf,link,inputs,"
                                                "adopted,reason_code,reason,at";

} // namespace kbtf
