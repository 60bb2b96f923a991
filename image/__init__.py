"""The bootable image: built from what is locked, the same octets each time, and built again to compare.

`archive` gets the Debian packages of the lock, `root` makes the root of them, `boot` what boots it, `pack` the two
images that are written onto media. `init` and `start` are the first processes of the running machine.
"""
