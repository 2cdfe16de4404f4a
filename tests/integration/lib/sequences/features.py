# SPDX-License-Identifier: GPL-2.0-only
"""What can stand in the sources of the miniature: each file has a few features, each feature a few
values, and the values give the text. So any state of the sources can be come back to."""


def _core(v):
    text = ""
    for n in range(v["extra"]):
        text += (f"struct core_extra_{n} {{ int first; char text[{n + 40}]; }};\n"
                 f"int use_core_extra_{n}(struct core_extra_{n} *e) {{ return e->first; }}\n")
    if v["wide"]:
        text += (f"struct core_wide {{ struct list list; long numbers[{v['wide'] * 3}]; }};\n"
                 "long use_core_wide(struct core_wide *w) { return w->numbers[1]; }\n")
    # Another name, and nothing else: modules get other string offsets, and the same ids.
    name = ("core_named", "core_named_at_length", "core_n")[v["name"]]
    text += f"struct {name} {{ int value; }};\nint use_core_named(struct {name} *n) {{ return !n; }}\n"
    # A name that alpha.c may have for itself: another type, then the same one.
    if v["clash"]:
        text += (f"struct own {{ int {('two, three', 'one')[v['clash'] - 1]}; }};\n"
                 "int use_core_own(struct own *o) { return !o; }\n")
    # A string, and an unnamed type, that modules have.
    if v["string"]:
        text += ("struct of_alpha_now { int alpha_only; };\n"
                 "int use_of_alpha(struct of_alpha_now *a) { return !a; }\n")
    if v["unnamed"]:
        text += ("typedef struct { int left; int right; } core_pair;\n"
                 "int use_core_pair(core_pair *p) { return p->left; }\n")
    return text


# A base with all the usual types, and with room behind its end in libbpf's table of types: without
# it the least addition sends modules to their BTF step.
ROOM = "".join(f"struct room_{n} {{ long a_{n}; unsigned long b_{n}; short c_{n}[{n + 2}]; char d_{n}; "
               f"unsigned char e_{n}; long long f_{n}; unsigned int g_{n}; struct list *h_{n}; }} "
               f"room_{n};\n" for n in range(30))


def _init(v):
    text = ROOM
    if v["phases"]:
        text += "enum boot_phases { BOOT_A, BOOT_B = 7 };\nenum boot_phases boot_phases;\n"
    if v["forward"]:
        text += "struct gamma_port;\nstruct gamma_port *boot_port;\n"
    if v["array"]:
        text += f"short boot_table[{v['array'] * 5}];\n"
    return text


def _module(name):
    def text(v):
        made = (f"enum {name}_wide_enum {{ {name}_HIGH = 0x1ffffffffUL }};\n"
                f"unsigned long {name}_widen(enum {name}_wide_enum w) {{ return w + {v['body']}; }}\n")
        if v["own"]:
            made += (f"struct own {{ int {('one', 'one, more')[v['own'] - 1]}; }};\n"
                     f"int use_{name}_own(struct own *o) {{ return o->one; }}\n")
        if v["only"]:
            made += (f"struct {name}_own {{ int {name}_only; struct device *device; }};\n"
                     f"int use_{name}_only(struct {name}_own *o) {{ return o->{name}_only; }}\n")
        if v["unnamed"]:
            made += (f"typedef struct {{ int left; int {('right', 'top')[v['unnamed'] - 1]}; }} "
                     f"{name}_pair;\nint use_{name}_pair({name}_pair *p) {{ return p->left; }}\n")
        return made
    return text


MODULE = {"body": 3, "own": 3, "only": 2, "unnamed": 3}
GROWTH = ("", "\tint more;\n", "\tchar more[16];\n")
RELEASES = ("-g1a2b3c4", "-g5d6e7f8", "-g5d6e7f8-dirty", "")

# {file: {feature: number of values}}; all begin with 0.
FEATURES = {
    "core.c": {"body": 2, "name": 3, "extra": 4, "wide": 3, "clash": 3, "string": 2, "unnamed": 2},
    "init.c": {"phases": 2, "forward": 2, "array": 3},
    "include/shared.h": {"more": 3},
    "include/types.h": {"more": 2},
    "alpha.c": MODULE, "beta.c": MODULE, "delta.c": MODULE, "net/gamma.c": MODULE,
    "localversion": {"release": len(RELEASES)},
    "include/config/auto.conf": {"option": 2},
    "scripts/module.lds": {"comment": 2, "place": 2},
    "scripts/resolve_btfids": {"comment": 2, "strip": 2},
    "scripts/gen-btf.sh": {"comment": 2, "strip": 2},
}
# What vmlinux, and so the base, is made of.
OF_BASE = {"core.c", "init.c", "include/shared.h", "include/types.h", "localversion"}
# What make does not look at, or not in every era.
UNSEEN = {"scripts/resolve_btfids", "scripts/gen-btf.sh"}
WEIGHTS = {"core.c": 9, "init.c": 4, "include/shared.h": 4, "include/types.h": 2, "alpha.c": 3,
           "beta.c": 3, "delta.c": 2, "net/gamma.c": 3, "localversion": 2, "include/config/auto.conf": 1,
           "scripts/module.lds": 1, "scripts/resolve_btfids": 1, "scripts/gen-btf.sh": 1}

APPENDED = {"core.c": _core, "init.c": _init, "alpha.c": _module("alpha"),
            "beta.c": _module("beta"), "delta.c": _module("delta"), "net/gamma.c": _module("gamma")}


def render(name, base, values):
    """The text of a file with these features; `base` is the miniature's."""
    v = {**dict.fromkeys(FEATURES[name], 0), **values}
    if name == "core.c" and v["body"]:
        base = base.replace("count += 1;", "count += 1 + count / 2;")
    if name in APPENDED:
        return base + APPENDED[name](v)
    if name == "localversion":
        return RELEASES[v["release"]] + "\n"
    if name == "include/shared.h":
        return base.replace("struct queue *next;\n", f"struct queue *next;\n{GROWTH[v['more']]}")
    if name == "include/types.h":
        return base.replace("\tdouble weight;\n", f"\tdouble weight;\n{GROWTH[v['more']]}")
    if name == "include/config/auto.conf":
        return base + "CONFIG_SOMETHING_ELSE=y\n" * v["option"]
    if name == "scripts/module.lds":
        place = "SECTIONS { .comment 0 : { *(.comment) }" if v["place"] else "SECTIONS {"
        return "/* another line */\n" * v["comment"] + base.replace("SECTIONS {", place)
    return _script(name, base, v)


def _script(name, base, v):
    """With `strip` what the script leaves behind lacks a section."""
    text = base + "# another line\n" * v["comment"]
    if v["strip"] and name.endswith("gen-btf.sh"):
        text += '${OBJCOPY} --remove-section .comment "$file"\n'
    elif v["strip"] and base.endswith("\nexit 0\n"):  # until 6.19 it works on the module
        text = text.replace("\nexit 0\n", '\nexec objcopy --remove-section .comment "$3"\n')
    return text
