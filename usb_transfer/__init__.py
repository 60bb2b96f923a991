"""Sticks and folders: foreign files are read with bounds, ours written so that they stay. Imports nothing of ours."""

from usb_transfer.errors import VolumeError
from usb_transfer.folder import Folder, read_tree
from usb_transfer.reader import candidates, earlier, is_confined, read_head
from usb_transfer.reading import FileTooLargeError, NotRegularError, read_file

__all__ = [
    "FileTooLargeError",
    "Folder",
    "NotRegularError",
    "VolumeError",
    "candidates",
    "earlier",
    "is_confined",
    "read_file",
    "read_head",
    "read_tree",
]
