# SPDX-License-Identifier: Apache-2.0
"""A directory of pages that are made from the program: written anew, and rid of those that it has no more."""
import pathlib


def write(texts, directory):
    """`texts` by file name. Stale is what ends like one of them."""
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    endings = {pathlib.Path(name).suffix for name in texts}
    for stale in directory.iterdir():
        if stale.suffix in endings and stale.name not in texts:
            stale.unlink()
    for name, text in texts.items():
        (directory / name).write_text(text)
