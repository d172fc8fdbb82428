"""What the operating system refused, told in a line: of which file, why, and what to do about it.

Python names the file of an `open` that fails, but not of a write or a sync: whoever writes a file
says so (`of_file`), and whoever tells a person adds what helps (`told`).
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

_ADVICE = {
    errno.ENOSPC: "free some space there, or write elsewhere",
    errno.EDQUOT: "free some space there, or write elsewhere",
    errno.EROFS: "write elsewhere",
    errno.EACCES: "ask for access to it, or use another",
    errno.EPERM: "ask for access to it, or use another",
    errno.EMFILE: "raise the limit of this shell (ulimit -n), or use fewer nodes and clients",
}


def of_file(error: OSError, path: Path) -> OSError:
    """The same error as one of this file."""
    if error.errno is None:
        return OSError(f"{path}: {error}")
    return OSError(error.errno, os.strerror(error.errno), str(path))


def told(error: OSError) -> str:
    """The error in a line for a person."""
    if error.errno is None or error.strerror is None:
        return str(error)
    advice = f": {_ADVICE[error.errno]}" if error.errno in _ADVICE else ""
    if error.filename is not None:
        return f"{error.filename}: {error.strerror}{advice}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):  # mostly of the output: files are named
        return f"{error.strerror}, for the output or for some file{advice}"
    return f"{error.strerror}{advice}"
