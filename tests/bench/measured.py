"""The command line, which tells at its end how much memory it took: `measured FILE ARGUMENT…`.

From outside, the peak of a program counts what its parent had when it forked.
"""

import re
import sys
from pathlib import Path

from offline_root.__main__ import main

if __name__ == "__main__":
    file = Path(sys.argv.pop(1))
    code = main()
    file.write_text(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0])
    sys.exit(code)
