"""Pictures through the hub: only those of items, only pictures, once for all readers."""

import asyncio
from dataclasses import dataclass, field

import pytest

from feedhub.errors import NetError
from feedhub.model import Stage
from feedhub.net import HttpResponse
from feedhub.serve import images
from feedhub.serve.images import Pictures, picture_type

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100


@dataclass
class Client:
    """Answers every address with ``body``, or fails."""

    body: bytes | None = PNG
    status: int = 200
    asked: list[str] = field(default_factory=list)

    async def get(self, request):
        self.asked.append(request.url)
        await asyncio.sleep(0)
        if self.body is None:
            raise NetError(Stage.CONNECT, "away")
        return HttpResponse(request.url, self.status, {}, self.body, len(self.body))


def test_an_items_picture_comes_from_our_own_origin(new_site, serve, fetch):
    site, client = new_site(images="proxy"), Client()
    site.pictures = Pictures(client)
    base = serve(site)
    assert 'src="/item/i1/image"' in fetch(base, "/").text
    assert "sundet.example/b.jpg" not in fetch(base, "/item/i1").text
    got = fetch(base, "/item/i1/image")
    assert (got.status, got.raw, got.headers["content-type"]) == (200, PNG, "image/png")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "max-age=86400" in got.headers["cache-control"]
    fetch(base, "/item/i2/image")
    assert client.asked == ["https://sundet.example/b.jpg"]
    assert fetch(base, "/item/i77/image").status == 404


@pytest.mark.parametrize("setting", ["off", "direct"])
def test_without_the_setting_nothing_is_fetched(new_site, serve, fetch, setting):
    site, client = new_site(images=setting), Client()
    site.pictures = Pictures(client)
    assert fetch(serve(site), "/item/i1/image").status == 404
    assert client.asked == []


@pytest.mark.parametrize(
    "body", [b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"<html>", b"", None]
)
def test_what_is_no_picture_is_not_passed_on_nor_asked_for_again(body):
    async def run():
        client = Client(body)
        pictures = Pictures(client)
        assert await pictures.get("https://a.example/1") is None
        assert await pictures.get("https://a.example/1") is None
        return client.asked

    assert len(asyncio.run(run())) == 1


def test_many_readers_at_once_make_one_request():
    async def run():
        client = Client()
        pictures = Pictures(client)
        found = await asyncio.gather(*(pictures.get("https://a.example/1") for _ in range(20)))
        assert all(one.body == PNG for one in found)
        return client.asked

    assert len(asyncio.run(run())) == 1


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(images, "KEPT", 3 * len(PNG))

    async def run():
        client = Client()
        pictures = Pictures(client)
        for number in (1, 2, 3, 1, 4, 1):
            await pictures.get(f"https://a.example/{number}")
        return client.asked

    assert [one[-1] for one in asyncio.run(run())] == ["1", "2", "3", "4"]


def test_kinds_are_told_by_the_first_bytes():
    assert picture_type(b"\xff\xd8\xff\xe0") == "image/jpeg"
    assert picture_type(b"GIF89a") == "image/gif"
    assert picture_type(b"RIFF\0\0\0\0WEBPVP8 ") == "image/webp"
    assert picture_type(b"\0\0\0\x1cftypavif") == "image/avif"
    assert picture_type(b"%PDF-1.7") is None
