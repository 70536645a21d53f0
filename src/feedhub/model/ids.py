"""The outward forms of ids: short ones for people, tag URIs for feeds."""

from __future__ import annotations

from typing import Literal


def public_id(kind: Literal["i", "s"], number: int) -> str:
    """The outward form of an id: ``i12`` for an item, ``s7`` for a story."""
    return f"{kind}{number}"


def tag_uri(authority: str, kind: Literal["i", "s"], number: int) -> str:
    """The Atom id of an item or story (RFC 4151); the authority is minted with the database."""
    return f"tag:{authority}:{public_id(kind, number)}"
