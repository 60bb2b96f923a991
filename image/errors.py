"""What can go wrong while an image is made."""


class ImageError(Exception):
    """The image was not made. `what` happened, and the `mend`; starting again is safe, always."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what}\n{mend}")
