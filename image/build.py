"""One build from beginning to end, and the digests by which two builds are compared."""

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from image import archive, sbom
from image.errors import ImageError
from image.pack import NAME, Packer
from image.root import PROJECT, make_root, tree
from offline_root.words import words

CACHE = PROJECT / ".venv" / "image"
"""Packages and tools of earlier builds; each is checked against the lock when it is used."""
DELIVERED = (f"{NAME}.iso", f"{NAME}.disk", f"{NAME}.efi", "sbom.json")
SUMS = "SHA256SUMS"


def build(out: Path, work: Path, cache: Path = CACHE) -> None:
    """Build the image in the folder `work`, which is emptied, and put what is delivered into `out` (ImageError)."""
    if os.geteuid():
        raise ImageError("The image is built by root: Debian's packages are installed into it.", "sudo ./run image")
    os.umask(0o022)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    root = work / "root"
    make_root(root, cache)
    made = Packer(tree("tools", cache), work).pack(root)
    (work / "sbom.json").write_text(sbom.bill(archive.of_tree("root"), root))
    out.mkdir(parents=True, exist_ok=True)
    for name in DELIVERED:
        shutil.copyfile(work / name, out / name)
    listed = {name: digest(work / name) for name in (*made, "sbom.json")}
    (out / SUMS).write_text("".join(f"{sha256}  {name}\n" for name, sha256 in listed.items()))


def read_sums(out: Path) -> Mapping[str, str]:
    """Return the SHA-256 of each step of a build, by its name and in the order of making."""
    pairs = (line.split("  ") for line in (out / SUMS).read_text().splitlines())
    return {name: sha256 for sha256, name in pairs}


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def spoken(sha256: str) -> str:
    """Return a digest as PGP words, eight in a line: to be read aloud, and compared with what others have."""
    said = words(bytes.fromhex(sha256))
    return "\n".join("    " + " ".join(said[start : start + 8]) for start in range(0, len(said), 8))
