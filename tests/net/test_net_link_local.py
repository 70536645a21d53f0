"""Where machines are set up from is never asked, not even by sources that may ask private ones."""

from __future__ import annotations

import asyncio

import pytest

from feedhub.errors import NetError
from feedhub.net import HttpClient, HttpRequest
from feedhub.net.address import never


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("169.254.169.254", True),
        ("fe80::1", True),
        ("::ffff:169.254.169.254", True),
        ("64:ff9b::a9fe:a9fe", True),
        ("2002:a9fe:a9fe::1", True),
        ("168.63.129.16", True),
        ("100.100.100.200", True),
        ("64:ff9b::6464:64c8", True),
        ("192.0.0.192", True),
        ("fd00:ec2::254", True),
        ("fd20:ce::254", True),
        ("fe80::1%eth0", True),
        ("fd00:ec2::1", False),
        ("100.64.0.1", False),
        ("no address", False),
        ("127.0.0.1", False),
        ("192.168.1.1", False),
        ("fd00::1", False),
        ("8.8.8.8", False),
    ],
)
def test_in_every_form(address, expected):
    assert (never(address) is not None) is expected


@pytest.mark.parametrize(
    ("host", "private", "permitted"),
    [
        ("169.254.169.254", False, False),
        ("169.254.169.254", True, False),
        ("[fd00:ec2::254]", False, False),
        ("10.1", False, True),
    ],
)
def test_nobody_is_told_that_it_could_be_permitted(host, private, permitted):
    async def main():
        async with HttpClient() as client:
            await client.get(HttpRequest(f"http://{host}/", allow_private=private))

    with pytest.raises(NetError) as caught:
        asyncio.run(main())
    assert ("allow_private" in caught.value.reason) is permitted
    assert ("never asked" in caught.value.reason) is not permitted
