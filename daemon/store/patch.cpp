// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/store/patch.hpp"

#include <algorithm>
#include <bit>
#include <memory>
#include <string>

#include <zstd.h>

namespace kbtf {
namespace {

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// Level 3 with long-distance matching: on modules from 50 KB to 25 MB, higher levels make patches a
// few percent smaller and take several times as long.
constexpr int k_level = 3;

// The window must span the prefix and the content, as zstd's --patch-from sets it.
int window_log(std::size_t from, std::size_t to) {
  const auto bytes = static_cast<unsigned long long>(from) + to + 1;
  const int log = static_cast<int>(std::bit_width(bytes));
  return std::clamp(log, 10, 31);
}

Unexpected zstd_error(const char* what, std::size_t code) {
  return unexpected(ErrorKind::io, std::string(what) + ": " + ZSTD_getErrorName(code));
}

} // namespace

Expected<std::vector<std::byte>> make_patch(std::span<const std::byte> from,
                                            std::span<const std::byte> to) {
  const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  if (!context)
    return unexpected(ErrorKind::io, "patch: no memory");
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, k_level);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, window_log(from.size(), to.size()));
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_enableLongDistanceMatching, 1);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  if (const auto code = ZSTD_CCtx_refPrefix(context.get(), from.data(), from.size());
      ZSTD_isError(code))
    return zstd_error("patch", code);
  std::vector<std::byte> patch(ZSTD_compressBound(to.size()));
  const auto size = ZSTD_compress2(context.get(), patch.data(), patch.size(), to.data(), to.size());
  if (ZSTD_isError(size))
    return zstd_error("patch", size);
  patch.resize(size);
  patch.shrink_to_fit();
  return patch;
}

Expected<std::vector<std::byte>> apply_patch(std::span<const std::byte> from,
                                             std::span<const std::byte> patch, std::size_t limit) {
  const auto size = ZSTD_getFrameContentSize(patch.data(), patch.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > limit)
    return unexpected(ErrorKind::malformed, "patch: damaged frame header");
  const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  if (!context)
    return unexpected(ErrorKind::io, "patch: no memory");
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 31);
  if (const auto code = ZSTD_DCtx_refPrefix(context.get(), from.data(), from.size());
      ZSTD_isError(code))
    return zstd_error("patch", code);
  std::vector<std::byte> result(static_cast<std::size_t>(size));
  const auto written =
      ZSTD_decompressDCtx(context.get(), result.data(), result.size(), patch.data(), patch.size());
  if (ZSTD_isError(written) || written != result.size())
    return unexpected(ErrorKind::malformed,
                      std::string("patch: ") +
                          (ZSTD_isError(written) ? ZSTD_getErrorName(written) : "short"));
  return result;
}

} // namespace kbtf
