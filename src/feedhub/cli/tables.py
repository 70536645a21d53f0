"""Rows and columns, as wide as there is room: on a terminal, a narrow one, or in a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from feedhub.cli.common import out

if TYPE_CHECKING:  # rich takes longer to import than most tables to make
    from rich.text import Text

# Below this, columns would be a word wide each: a row becomes a paragraph.
NARROW = 60


def print_table(
    headers: Sequence[str], rows: Iterable[Sequence[Text | str]], right: Iterable[int] = ()
) -> None:
    """Print to standard output. ``right`` names the columns, from 0, that hold numbers.

    In a pipe each row is one line, whole, whatever its length: other programs read it.
    """
    cells = list(rows)
    if not out.is_terminal:
        _lines([headers, *cells], set(right))
    elif out.width < NARROW:
        _paragraphs(cells)
    else:
        from rich.table import Table

        table = Table(*headers, box=None, pad_edge=False)
        for number in right:
            table.columns[number].justify = "right"
        for row in cells:
            table.add_row(*row)
        out.print(table)


def _lines(rows: Sequence[Sequence[Text | str]], right: set[int]) -> None:
    widths = [max(_width(row[number]) for row in rows) for number in range(len(rows[0]))]
    for row in rows:
        padded = []
        for number, cell in enumerate(row):
            blank = " " * (widths[number] - _width(cell))
            padded.append(f"{blank}{cell}" if number in right else f"{cell}{blank}")
        click.echo("  ".join(padded).rstrip())


def _width(cell: Text | str) -> int:
    text = str(cell)
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _paragraphs(rows: Iterable[Sequence[Text | str]]) -> None:
    for row in rows:
        said = [str(cell) for cell in row if str(cell)]
        out.print("  ".join(said), markup=False)
