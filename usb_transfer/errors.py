"""What can go wrong with a stick or a folder."""


class VolumeError(Exception):
    """A volume could not be read or written.

    `what` happened; `meaning` for the transfer; `mend`, what a person does next; `retry`, True if trying again is safe.
    """

    def __init__(self, what: str, *, meaning: str, mend: str, retry: bool) -> None:
        super().__init__(what)
        self.what = what
        self.meaning = meaning
        self.mend = mend
        self.retry = retry
