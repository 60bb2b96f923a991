"""A machine in QEMU: Debian's kernel with USB and FAT, and the files of this one. Sticks go in and out of it by QMP."""
