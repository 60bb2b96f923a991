"""Sticks and folders: reading what is foreign with bounds, writing what is ours so that it stays. Imports nothing of ours."""

from usb_transfer.errors import VolumeError
from usb_transfer.folder import Folder, read_tree
from usb_transfer.reading import FileTooLargeError, NotRegularError, read_file, read_head

__all__ = ["FileTooLargeError", "Folder", "NotRegularError", "VolumeError", "read_file", "read_head", "read_tree"]
