"""`python -m image`: build the image, build it again to compare, renew the lock."""

import argparse
import sys
from pathlib import Path

from image import archive
from image.build import CACHE, build, read_sums, spoken
from image.errors import ImageError
from image.pack import NAME
from image.root import PROJECT
from image.verify import verify


def main() -> int:
    """Do what the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(prog="./run image", description="The bootable image, in dist/.")
    parser.add_argument("verb", nargs="?", default="build", choices=("build", "verify", "lock"))
    out, work = PROJECT / "dist", PROJECT / "build" / "image"
    try:
        match parser.parse_args().verb:
            case "build":
                build(out, work)
                tell(out)
            case "verify":
                print(verify(out, work))
            case _:
                archive.LOCK.write_text(archive.renewed_lock(CACHE / "debs"))
    except ImageError as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    return 0


def tell(out: Path) -> None:
    """Print the digests of a build, and that of the ISO in words."""
    sums = read_sums(out)
    for name, sha256 in sums.items():
        print(f"{sha256}  {name}")
    iso = f"{NAME}.iso"
    print(f"{out / iso}: {(out / iso).stat().st_size / 1e6:.1f} MB, its SHA-256 in words:\n{spoken(sums[iso])}")


if __name__ == "__main__":
    sys.exit(main())
