# SPDX-License-Identifier: GPL-2.0-only
"""Just enough of ELF64 (little endian) to take sections and symbols out of vmlinux and modules."""

import struct


class ElfError(Exception):
    """The file is not the ELF file that it should be."""


def _tables(path):
    with open(path, "rb") as file:
        data = file.read()
    if data[:6] != b"\x7fELF\x02\x01":
        raise ElfError(f"{path}: not a 64-bit little-endian ELF file")
    table, = struct.unpack_from("<Q", data, 0x28)
    size, count, names = struct.unpack_from("<HHH", data, 0x3A)
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, table + i * size) for i in range(count)]
    return data, headers, headers[names][4]


def _string(data, start):
    return data[start:data.index(b"\0", start)].decode()


def sections(path):
    """All sections with content, as a dictionary from name to bytes."""
    data, headers, names = _tables(path)
    return {_string(data, names + name): data[offset:offset + length]
            for name, kind, _, _, offset, length, *_ in headers if kind != 8}  # SHT_NOBITS


def section(path, name):
    """One section's bytes, or None."""
    return sections(path).get(name)


def symbols_in(path, name):
    """{symbol: value} of the symbols in one section; relocatable files, so values are offsets."""
    data, headers, names = _tables(path)
    found = {}
    for _, kind, _, _, offset, length, link, *_ in headers:
        if kind != 2:  # SHT_SYMTAB
            continue
        for at in range(offset, offset + length, 24):
            label, _, _, index, value, _ = struct.unpack_from("<IBBHQQ", data, at)
            if index < len(headers) and _string(data, names + headers[index][0]) == name:
                found[_string(data, headers[link][4] + label)] = value
    return found


def differing_sections(one, other):
    """Names of the sections that two ELF files do not share byte for byte."""
    try:
        left, right = sections(one), sections(other)
    except (ElfError, OSError, struct.error, ValueError) as error:
        return [f"unreadable ({error})"]
    return sorted(n for n in left.keys() | right.keys() if left.get(n) != right.get(n))
