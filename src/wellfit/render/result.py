"""What a result needs to be printed, shown in a notebook and written to a file: its blocks, and nothing else."""

from __future__ import annotations

import json
import os
from abc import abstractmethod
from pathlib import Path

from wellfit.files import write_file
from wellfit.render.as_html import to_file, to_piece
from wellfit.render.as_json import to_object
from wellfit.render.as_text import to_text
from wellfit.render.blocks import Page

__all__ = ["Reportable", "Result", "write_page"]


class Reportable:
    """What offers its blocks: `report` writes them. Estimators are printed and shown as scikit-learn does it, and stop here."""

    @abstractmethod
    def blocks(self, whole: bool = False) -> Page:
        """Return the result as blocks: a title, a sentence, and sections of texts, facts, tables and pictures.

        Parameters
        ----------
        whole : bool
            False: what is printed. True: what a report holds; the same, and all the rest, pictures among it.

        Returns
        -------
        Page
        """

    def report(self, path: str | os.PathLike[str]) -> None:
        """Write all of it to one file.

        Parameters
        ----------
        path : path
            ``.txt`` gets text and ``.json`` the same blocks as JSON, both without pictures; any other name gets an HTML page that
            needs no other file.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        write_page(self.blocks(whole=True), path)


class Result(Reportable):
    """A result that is printed and shown in a notebook as its blocks."""

    def __repr__(self) -> str:
        """Return its sentence in one line."""
        return f"<{type(self).__name__}: {self.blocks().lead.removesuffix('.')}>"

    def __str__(self) -> str:
        """Return the blocks as text."""
        return to_text(self.blocks())

    def _repr_html_(self) -> str:
        """Return the blocks as a notebook shows them."""
        return to_piece(self.blocks())


def write_page(page: Page, path: str | os.PathLike[str]) -> None:
    """Write a page as what the file's name ends in: ``.json``, ``.txt``, or else HTML."""
    ending = Path(path).suffix.lower()
    if ending == ".json":
        text = json.dumps(to_object(page), indent=1, ensure_ascii=False) + "\n"
    else:
        text = to_text(page) + "\n" if ending == ".txt" else to_file(page)
    write_file(path, text.encode())
