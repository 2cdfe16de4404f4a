// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/btf/btf_check.hpp"
#include "daemon/btf/btf_check_parts.hpp"

#include <utility>

namespace kbtf {
namespace {

class CheckedBase final : public BtfBase {
public:
  explicit CheckedBase(Parts parts) : m_parts(std::move(parts)) {}

  [[nodiscard]] std::uint32_t type_count() const override { return m_parts.view.type_count(); }
  [[nodiscard]] std::uint32_t string_size() const override { return m_parts.view.string_size(); }
  [[nodiscard]] const Parts& parts() const override { return m_parts; }

private:
  Parts m_parts;
};

// The kernel's btf_check_type_tags, step for step. A walk stops at the first type that an earlier
// walk has passed (`good`), so a split looks one step deep into its base.
Status check_tag_chain(const BtfView& view, std::uint32_t start, std::uint32_t good) {
  constexpr int k_longest_chain = 32; // modifiers; the kernel's chain_limit
  std::uint32_t id = start;
  BtfType type = view.type(id);
  bool in_tags = type.kind() == kind_type_tag;
  for (int left = k_longest_chain; is_modifier(type.kind()); --left) {
    if (left == 0)
      return type_error(start, "more than 32 modifiers in a row");
    if (type.kind() != kind_type_tag)
      in_tags = false;
    else if (!in_tags)
      return type_error(start, "type_tag behind other modifiers");
    if (id <= good)
      break;
    id = type.size_or_type;
    type = view.type(id);
  }
  return Ok{};
}

} // namespace

Status check_type_tags(const BtfView& view) {
  for (std::uint32_t id = view.first_id(); id < view.type_count(); ++id)
    if (auto ok = check_tag_chain(view, id, id - 1); !ok)
      return ok;
  return Ok{};
}

Expected<ResolvedTypes> check_view(const BtfView& view, const ResolvedTypes* base) {
  if (auto metas = check_metas(view); !metas)
    return metas.forward_error();
  if (auto references = check_references(view); !references)
    return references.forward_error();
  auto resolved = resolve_types(view, base);
  if (!resolved)
    return resolved;
  if (auto pointers = check_pointer_chains(view); !pointers)
    return pointers.forward_error();
  if (auto tags = check_type_tags(view); !tags)
    return tags.forward_error();
  return resolved;
}

Expected<std::shared_ptr<const BtfBase>> BtfBase::parse(std::span<const std::byte> btf) {
  std::vector<std::byte> bytes(btf.begin(), btf.end());
  auto view = BtfView::parse(bytes); // points into the heap block, which moves with it below
  if (!view)
    return view.forward_error();
  auto resolved = check_view(*view, nullptr);
  if (!resolved)
    return resolved.forward_error();
  Parts parts{std::move(bytes), *std::move(view), *std::move(resolved)};
  return std::shared_ptr<const BtfBase>(std::make_shared<CheckedBase>(std::move(parts)));
}

Status check_split_btf(const BtfBase* base, std::span<const std::byte> btf) {
  auto view = BtfView::parse(btf, base ? &base->parts().view : nullptr);
  if (!view)
    return view.forward_error();
  auto resolved = check_view(*view, base ? &base->parts().resolved : nullptr);
  if (!resolved)
    return resolved.forward_error();
  return Ok{};
}

} // namespace kbtf
