"""A mad worker: reads one request and answers the bytes of its first argument (hex), then waits for the end.

With `environ:FILE` instead it writes its own command line and environment there and ends.
"""

import os
import socket
import sys
from pathlib import Path

if __name__ == "__main__":
    answer, channel, _ = sys.argv[1:]
    with socket.socket(fileno=int(channel)) as connection:
        if answer.startswith("environ:"):
            Path(answer.removeprefix("environ:")).write_text(f"{sys.argv}\n{dict(os.environ)}\n{os.getcwd()}")
            sys.exit()
        connection.recv(65536)
        connection.sendall(bytes.fromhex(answer))
        connection.recv(65536)
