"""Sticks and folders: foreign files are read with bounds, ours written so that they stay. Imports nothing of ours."""

from usb_transfer.appliance import Barred, admit, ask, barred, image_hash
from usb_transfer.devices import Devices, taken_by_machine
from usb_transfer.errors import VolumeError
from usb_transfer.folder import Folder, read_tree
from usb_transfer.mounting import way_to_mount
from usb_transfer.plugged import Plugged
from usb_transfer.reader import earlier, heads, is_confined, read_head
from usb_transfer.reading import FileTooLargeError, NotRegularError, read_file
from usb_transfer.sticks import Stick

__all__ = [
    "Barred",
    "Devices",
    "FileTooLargeError",
    "Folder",
    "NotRegularError",
    "Plugged",
    "Stick",
    "VolumeError",
    "admit",
    "ask",
    "barred",
    "earlier",
    "heads",
    "image_hash",
    "is_confined",
    "read_file",
    "read_head",
    "read_tree",
    "taken_by_machine",
    "way_to_mount",
]
