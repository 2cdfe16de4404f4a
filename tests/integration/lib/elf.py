# SPDX-License-Identifier: GPL-2.0-only
"""Sections of an ELF file, as far as tests compare them: 64 bits, little-endian."""

import struct

HEADER = struct.Struct("<4sBB10xHHIQQQIHHHHHH")
SECTION = struct.Struct("<IIQQQQIIQQ")
NOBITS = 8


def headers(data):
    """[(name, type, offset, size)], or None if these are no ELF file's bytes."""
    try:
        magic, wide, order, *_, table, _, _, _, _, size, count, names = HEADER.unpack_from(data)
        if magic != b"\x7fELF" or (wide, order) != (2, 1) or size != SECTION.size:
            return None
        found = [SECTION.unpack_from(data, table + i * size) for i in range(count)]
        strings = found[names]
        text = data[strings[4]:strings[4] + strings[5]]
        return [(text[h[0]:text.index(b"\0", h[0])].decode(), h[1], h[4], h[5]) for h in found]
    except (struct.error, IndexError, ValueError):
        return None


def sections(data):
    """{name: bytes}, or None. Of several sections with one name all, in order. Without the sections
    that say where others lie and what they are called."""
    found = headers(data)
    if found is None:
        return None
    result = {}
    for name, kind, offset, size in found:
        if name not in ("", ".shstrtab") and kind != NOBITS:
            result[name] = result.get(name, b"") + data[offset:offset + size]
    return result


def claim(data, name, size):
    """The file with a section that is said to have `size` bytes from the file's end on."""
    data = bytearray(data)
    *_, table, _, _, _, _, width, _, _ = HEADER.unpack_from(data)
    index = [header[0] for header in headers(data)].index(name)
    end = len(data) + -len(data) % 8
    data += bytes(end - len(data))
    struct.pack_into("<QQ", data, table + index * width + 24, end, size)
    return bytes(data)
