"""Rows and columns, as wide as there is room: on a terminal, a narrow one, or in a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from feedhub.cli.common import out

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
        table = Table(*headers, box=None, pad_edge=False)
        for number in right:
            table.columns[number].justify = "right"
        for row in cells:
            table.add_row(*row)
        out.print(table)


def _lines(rows: Sequence[Sequence[Text | str]], right: set[int]) -> None:
    widths = [max(cell_len(str(row[number])) for row in rows) for number in range(len(rows[0]))]
    for row in rows:
        padded = []
        for number, cell in enumerate(row):
            blank = " " * (widths[number] - cell_len(str(cell)))
            padded.append(f"{blank}{cell}" if number in right else f"{cell}{blank}")
        click.echo("  ".join(padded).rstrip())


def _paragraphs(rows: Iterable[Sequence[Text | str]]) -> None:
    for row in rows:
        said = [str(cell) for cell in row if str(cell)]
        out.print("  ".join(said), markup=False)
