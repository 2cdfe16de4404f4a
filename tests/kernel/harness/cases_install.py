# SPDX-License-Identifier: GPL-2.0-only
"""What comes after the modules, and around them: installation, a new commit."""

import shutil
import subprocess

from .check import Skip
from .runner import scenario


def _installed(top):
    return {str(path.relative_to(top)): path.read_bytes()
            for path in sorted(top.rglob("*.ko*")) if path.is_file()}


def _signer(c):
    """What make needs to sign modules here, where the configuration has no signing: the kernel's
    own sign-file, built, and a key of our own. Returns words for make's command line."""
    source, program = c.kernel.src / "scripts/sign-file.c", c.kernel.obj / "scripts/sign-file"
    key = c.session.dir / "key.pem"
    request = ["openssl", "req", "-new", "-x509", "-nodes", "-newkey", "rsa:2048", "-sha256",
               "-days", "9999", "-subj", "/CN=kbtf test", "-keyout", key, "-out", key]
    # As scripts/Makefile has it, from 7.x on.
    headers = c.kernel.src / "tools/include/uapi"
    own = [f"-I{headers}"] if (headers / "linux/module_signature.h").exists() else []
    for command in (["cc", *own, "-o", program, source, "-lcrypto"], request):
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Skip(f"cannot sign modules: {done.stderr.strip().splitlines()[-1]}")
    (c.kernel.obj / "certs").mkdir(exist_ok=True)
    shutil.copy(key, c.kernel.obj / "certs/signing_key.x509")
    return ["CONFIG_MODULE_SIG_ALL=y", f"CONFIG_MODULE_SIG_KEY={key}",
            "CONFIG_MODULE_SIG_HASH=sha256"]


@scenario()
def installed(c):
    """modules_install, as it is, stripped, signed and compressed: as stock; the tree stays."""
    c.kernel.add_type()
    c.make()
    made = c.like_oracle()
    before = c.kernel.files()
    signing = _signer(c)
    tools = c.kernel.files() - before
    compression = ["CONFIG_MODULE_COMPRESS=y", "CONFIG_MODULE_COMPRESS_ALL=y",
                   "CONFIG_MODULE_COMPRESS_XZ=y"]
    for number, words in enumerate(([], ["INSTALL_MOD_STRIP=1"], [*signing, *compression],
                                    ["INSTALL_MOD_STRIP=1", *signing, *compression])):
        ours, theirs = (c.session.dir / f"{who}-{number}" for who in ("ours", "stock"))
        build = c.make(f"INSTALL_MOD_PATH={ours}", *words, goals=["modules_install"])
        c.lines(build, [], [])
        c.equal("KBTF lines", build.summaries, [])
        c.succeeded(c.kernel.stock_make(c.log, f"INSTALL_MOD_PATH={theirs}", *words,
                                        goals=["modules_install"]))
        found = _installed(ours)
        c.equal("installed modules", len(found), len(c.kernel.modules))
        c.that(found == _installed(theirs), f"other files than stock installs with {words}")
        suffix = ".ko.xz" if compression[0] in words else ".ko"
        c.that(all(name.endswith(suffix) for name in found), f"no {suffix}: this tests nothing")
        shutil.rmtree(ours)
        shutil.rmtree(theirs)
    c.compare(made)
    c.stage(c.make(), [], [])
    for name in tools:
        (c.kernel.obj / name).unlink()


def _git(c, *words):
    subprocess.run(["git", "-C", str(c.kernel.src), "-c", "user.name=kbtf", "-c",
                    "user.email=kbtf@localhost", "-c", "commit.gpgsign=false", *words], check=True,
                   stdin=subprocess.DEVNULL, capture_output=True)


def _version_by_commit(c, switch):
    subprocess.run([c.kernel.src / "scripts/config", "--file", c.kernel.obj / ".config", switch,
                    "LOCALVERSION_AUTO"], check=True)


@scenario(leaves="any", slow=True)
def new_commit(c):
    """CONFIG_LOCALVERSION_AUTO and a new commit: every module linked, as by stock."""
    _git(c, "init", "-q")
    try:
        _git(c, "add", "-f", "Makefile")
        _git(c, "commit", "-q", "-m", "one")
        _version_by_commit(c, "--enable")
        c.make()
        first = (c.kernel.obj / "include/config/kernel.release").read_text()
        c.like_oracle()
        _git(c, "commit", "-q", "--allow-empty", "-m", "two")
        build = c.make()
        second = (c.kernel.obj / "include/config/kernel.release").read_text()
        c.that(first != second and "-g" in second, f"{first!r}, then {second!r}")
        c.stage(build, c.kernel.modules, c.kernel.modules)
        c.same_kfuncs(c.like_oracle())
        c.stage(c.make(), [], [])
    finally:
        shutil.rmtree(c.kernel.src / ".git")
        _version_by_commit(c, "--disable")
    # The tree is of use to the next scenario once it has its old version again. Kbuild keeps a file
    # for each option that was ever on.
    c.make()
    (c.kernel.obj / "include/config/LOCALVERSION_AUTO").unlink(missing_ok=True)
