"""A mad worker: reads one request, answers the bytes in a file, and waits for the end: `fake.py answer FILE fds`.

With `half` it ends right after its answer; with `environ` it writes its command line, environment and folder to FILE.
"""

import os
import socket
import sys
from pathlib import Path

if __name__ == "__main__":
    how, name, channel, _ = sys.argv[1:]
    if how == "environ":
        Path(name).write_text(f"{sys.argv}\n{dict(os.environ)}\n{Path.cwd()}")
        sys.exit()
    with socket.socket(fileno=int(channel)) as connection:
        connection.recv(65536)
        connection.sendall(Path(name).read_bytes())
        if how == "answer":
            connection.recv(65536)
