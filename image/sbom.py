"""What is in the image: a bill of materials in the form CycloneDX 1.5 (JSON), which programs for that read."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from image.archive import Package
from offline_root import __version__


def bill(packages: Sequence[Package], root: Path) -> str:
    """Return the bill of locked Debian packages and of the Python packages in a root."""
    described = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "operating-system", "name": "offline-root", "version": __version__}},
        "components": [*(_debian(each) for each in packages), *_python(root)],
    }
    return json.dumps(described, indent=1) + "\n"


def _debian(package: Package) -> dict[str, Any]:
    return {
        "type": "library",
        "name": package.name,
        "version": package.version,
        "purl": f"pkg:deb/debian/{quote(package.name)}@{quote(package.version, safe='')}?distro=trixie",
        "properties": [{"name": "sha256 of the .deb", "value": package.sha256}],
    }


def _python(root: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(root.glob("usr/lib/python3/dist-packages/*.dist-info/METADATA")):
        head = path.read_text().partition("\n\n")[0]
        about = dict(re.findall(r"^(Name|Version): (\S+)$", head, re.MULTILINE))
        name, version = about["Name"], about["Version"]
        purl = f"pkg:pypi/{quote(re.sub('[-_.]+', '-', name).lower())}@{quote(version)}"
        yield {"type": "library", "name": name, "version": version, "purl": purl}
