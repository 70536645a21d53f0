"""A file put in the place of another at once, so that whoever reads sees the old or the new."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from feedhub.errors import ConfigErrors


def write_whole(path: Path, data: bytes) -> None:
    """Put ``data`` in the place of the file at once: readers see the old or the new, whole.

    Symbolic links are followed, mode kept, and the owner too where that is allowed.
    """
    target = path.resolve()
    try:
        status = target.stat()
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), status.st_mode & 0o7777)
                with contextlib.suppress(PermissionError):  # only root may give a file away
                    os.fchown(file.fileno(), status.st_uid, status.st_gid)
                os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigErrors([f"{path}: cannot be written: {error.strerror}"]) from error
