"""The real command line on a real token, whose worker is stopped as soon as it is to sign a certificate or CRL.

`stopped.py MARKER VERB …`: writes `PARENT WORKER` (process ids) into MARKER and then waits for a signature that does
not come, until somebody kills one of the two. Not fake in anything else.
"""

import os
import signal
import sys
from pathlib import Path

import hsm
from hsm.facts import TokenKey
from offline_root.cli import run
from offline_root.signer import PROOF


def main(marker: Path, argv: list[str]) -> int:
    """Run the command line."""
    sign = hsm.Token.sign

    def stopped(token: hsm.Token, key: TokenKey, algorithm: str, message: bytes) -> bytes:
        if key.label == "root" and not message.startswith(PROOF):
            worker = token._worker.pid
            os.kill(worker, signal.SIGSTOP)
            ready = marker.with_suffix(".new")
            ready.write_text(f"{os.getpid()} {worker}")
            ready.rename(marker)
        return sign(token, key, algorithm, message)

    hsm.Token.sign = stopped  # type: ignore[method-assign, assignment]
    return run(argv)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
