"""Which files `--fix` may write: regular files of the input's own tree, by their own names."""

from __future__ import annotations

import os

from kea_hac.source.allowed import bounds_of, named_folder, within


def not_writable(path: str, home: str) -> str | None:
    """Why a file is not written; None for one that may be. `home`: the path of the input that it belongs to, or includes it.

    A link, or a file behind one, is never written: another name leads to a file that nobody named. Neither is what is outside of the
    input's Git work tree (else its folder), such as a file of `--root`.
    """
    try:
        root = bounds_of(home).root
        real = os.path.realpath(path)
    except (OSError, ValueError) as error:
        return f"{path} is not a valid file name ({error})"
    if not within(real, root):
        return f"{path} is outside of {root}"
    named = os.path.join(named_folder(path), os.path.basename(path))
    while os.path.realpath(named) != root and os.path.dirname(named) != named:
        if os.path.islink(named):
            return f"{named} is a link: name the file that it leads to"
        named = os.path.dirname(named)
    if not os.path.isfile(real):
        return f"{path} is not a regular file"
    return None
