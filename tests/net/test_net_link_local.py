"""Link-local addresses are never asked, not even by sources that may ask private ones."""

from __future__ import annotations

import pytest

from feedhub.net.address import is_link_local


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("169.254.169.254", True),
        ("fe80::1", True),
        ("::ffff:169.254.169.254", True),
        ("64:ff9b::a9fe:a9fe", True),
        ("127.0.0.1", False),
        ("192.168.1.1", False),
        ("fd00::1", False),
        ("8.8.8.8", False),
    ],
)
def test_link_local_in_every_form(address, expected):
    assert is_link_local(address) is expected
