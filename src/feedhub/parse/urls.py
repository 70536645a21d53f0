"""Links: resolving them as written, and the canonical form that says what page they are.

``canonical_url`` is identity only and may not even answer; the link that readers get is
kept as the publisher gave it.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from urllib.parse import quote, unquote

import ada_url

from feedhub.parse.tracking import is_tracker

_FETCHABLE = ("http:", "https:")
# Addresses that any URL parser takes as they are, so that none needs to be asked.
_READY = re.compile(
    r"""https?://(?:[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?\.){1,6}(?!xn--)[a-z]{2,20}(?::\d{1,4})?"""
    r"""(?:[/?#][^\s\\<>"`{}|^\x00-\x20\x7f-\x9f]*)?"""
)
READY = _READY.fullmatch
# The same of the two parts of one with a path: hosts recur, paths do not.
_READY_FRONT = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?\.){1,6}(?!xn--)[a-z]{2,20}(?::\d{1,4})?"
)
_READY_PATH = re.compile(r"""[^\s\\<>"`{}|^\x00-\x20\x7f-\x9f]*""").fullmatch
FRONT_MAX = 300  # characters
READY_MAX = 4000  # characters: longer addresses are no addresses
# Addresses whose canonical form can be read off them.
_EASY = re.compile(
    r"https?://((?:[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?\.){1,6}(?!xn--)[a-z]{2,20})"
    r"(/[A-Za-z0-9_~!$&'()*+,;=:@/.\x80-\ud7ff\ue000-\U0010ffff-]*+"
    r"(?:%(?!2[eE])[0-9A-Fa-f]{2}[A-Za-z0-9_~!$&'()*+,;=:@/.\x80-\ud7ff\ue000-\U0010ffff-]*+)*+)?"
    r"(\?[A-Za-z0-9_~!$&()*+,;=:@/.?-]*+(?:%[0-9A-Fa-f]{2}[A-Za-z0-9_~!$&()*+,;=:@/.?-]*+)*+)?"
)
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_PLAIN = re.compile(r"""https?://[^\s/?#\\@][^\s\\<>"`{}|^\x00-\x20\x7f-\x9f]*""", re.IGNORECASE)
_HTTP_START = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)
_ROUTE = re.compile(r"#!?/|#!")  # a fragment that is the route of a page
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# What is pasted around addresses and not seen there: a mark of byte order or of direction.
_UNSEEN = " \ufeff\u200b\u200e\u200f\u2060"
# A scheme, or a site, put before an address that is whole: http://https://host/, host.tldhttps://host/
_WHOLE_WITHIN = re.compile(r"\A(?:https?://[^/?#]*?(?=https?:/))+", re.IGNORECASE)
_QUOTED = re.compile(r"""["'<]https?://""", re.IGNORECASE)

# Hosts that only say how a page is shown, not which page it is.
_MOBILE = ("m.", "mobile.", "mobil.", "amp.", "www.", "touch.")
_SECOND_LEVEL = frozenset({"co", "com", "net", "org", "gov", "edu", "ac", "or", "ne", "go"})
# Names of one site under which its pages are the very same.
_SAME_SITE = {
    "old.reddit.com": "reddit.com", "new.reddit.com": "reddit.com", "np.reddit.com": "reddit.com",
    "twitter.com": "x.com", "export.arxiv.org": "arxiv.org", "bbc.co.uk": "bbc.com",
}  # fmt: skip
# And those of one per country: google.se, demo.blogspot.co.uk.
_GOOGLE = re.compile(r"google\.(?:com?\.)?[a-z]{2}")
_BLOGSPOT = re.compile(r"\.blogspot\.(?:com?\.)?[a-z]{2}$")
# A film under its other addresses.
_FILM = re.compile(r"/(shorts/|embed/|live/|v/)?(?!videoseries)([A-Za-z0-9_-]{11})/?")
_SESSION = re.compile(r";jsessionid=[A-Za-z0-9.!_-]{1,200}", re.IGNORECASE)
_AMP_PARAMETERS = frozenset({"amp", "outputtype", "amp_js_v", "usqp"})

# Wrappers whose target stands in a parameter: host, path prefix, parameter names.
_WRAPPERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("google.com", "/url", ("q", "url")),
    ("news.google.com", "/news/url", ("url",)),
    ("bing.com", "/news/apiclick.aspx", ("url",)),
    ("facebook.com", "/l.php", ("u",)),
    ("l.facebook.com", "/l.php", ("u",)),
    ("lm.facebook.com", "/l.php", ("u",)),
    ("l.instagram.com", "/", ("u",)),
    ("out.reddit.com", "/", ("url",)),
    ("youtube.com", "/redirect", ("q",)),
    ("linkedin.com", "/redir/redirect", ("url",)),
    ("slack-redir.net", "/link", ("url",)),
    ("steamcommunity.com", "/linkfilter", ("url",)),
    ("duckduckgo.com", "/l/", ("uddg",)),
    ("getpocket.com", "/redirect", ("url",)),
    ("t.umblr.com", "/redirect", ("z",)),
    ("vk.com", "/away.php", ("to",)),
    ("exit.sc", "/", ("url",)),
    ("go.redirectingat.com", "/", ("url",)),
    ("medium.com", "/r/", ("url",)),
    ("myaccount.nytimes.com", "/auth/login", ("uri",)),
    ("nytimes.com", "/glogin", ("uri",)),
    ("accounts.ft.com", "/login", ("location",)),
    ("consent.yahoo.com", "/", ("done",)),
    ("consent.google.com", "/", ("continue",)),
    ("login.schibsted.com", "/", ("redirect_uri",)),
    ("login.bonniernews.se", "/", ("redirect_uri", "returnurl")),
)


def resolve(url: str, base: str) -> str | None:
    """An absolute http(s) address for a link as written, or ``None`` where there is none.

    What is odd (blanks, backslashes) is read as browsers do; anything but http and https
    (``javascript:``, ``data:``, ``mailto:``) is refused.
    """
    url = url.strip()
    if not url:
        return None
    if is_ready(url):
        return url
    if url.startswith("<![CDATA["):  # written into an attribute, or escaped with its content
        url = url[9:].removesuffix("]]>").strip()
    url = url.strip(_UNSEEN)
    if _QUOTED.match(url):
        url = url[1:].rstrip("\"'>")
    if url[:4].lower() == "http":
        url = _WHOLE_WITHIN.sub("", url)
    if not url:
        return None
    if len(url) <= READY_MAX and _PLAIN.fullmatch(url):
        absolute = url
    else:
        joined = _join(url, base)
        if joined is None:
            return None
        if is_ready(joined):
            return joined
        absolute = joined
    return absolute if _parsed(absolute) else None


def is_ready(url: str) -> bool:
    """Whether an address is absolute, sound and needs nothing done to it."""
    if len(url) > READY_MAX:
        return False
    slash = url.find("/", 8)
    if 0 < slash <= FRONT_MAX and _ready_front(url[:slash]):
        return _READY_PATH(url, slash) is not None
    return READY(url) is not None


@lru_cache(maxsize=1024)
def _ready_front(front: str) -> bool:
    return _READY_FRONT.fullmatch(front) is not None


def _join(url: str, base: str) -> str | None:
    if len(url) > READY_MAX:
        return None
    if url[:4].lower() == "www.":
        url = "https://" + url  # a host with no scheme, never a folder of that name
    elif "." in url:
        name, slash, _ = url.partition("/")
        site = base.split("/", 3)
        if slash and site[2:3] == [name] and "." in name:  # else a folder: http://wiki/wiki/
            url = f"{site[0]}//{url}"
    try:
        if _SCHEME.match(url) or not base:
            return str(ada_url.URL(url).href)
        return str(ada_url.join_url(base, url))
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _parsed(url: str) -> bool:
    """Whether a browser would take the address, as http or https with a host."""
    try:
        parsed = ada_url.parse_url(url, attributes=("protocol", "hostname"))
    except ValueError:
        return False
    return parsed["protocol"] in _FETCHABLE and bool(parsed["hostname"])


@lru_cache(maxsize=8192)
def canonical_url(url: str) -> str:
    """The identity of a page: equal for two addresses exactly when they mean one page.

    http and https, ``www.`` and mobile and AMP twins are one; default ports, tracking
    parameters, trailing slashes, and fragments that are no route are dropped; parameters
    are sorted; known wrappers give their target. Addresses that are not http(s) are
    returned as they are. Applying it twice changes nothing.
    """
    for _ in range(6):  # each round may lay bare another wrapper; six is more than seen
        shorter, settled = _canonical_once(url)
        if settled or shorter == url:
            return shorter
        url = shorter
    return url


def _canonical_once(url: str) -> tuple[str, bool]:
    """The identity, and whether it is known that another round would not change it."""
    text = url.strip()
    easy = _EASY.fullmatch(text)
    if easy is not None and "/." not in text and "xn--" not in text:
        host, path, query = easy[1], easy[2] or "/", easy[3] or ""
        plain = _plain_host(host)
        if (
            plain not in _SPECIAL_HOSTS
            and not host.endswith(".cdn.ampproject.org")
            and not (query and plain in _WRAPPERS_BY_HOST)
        ):
            if not path.isascii():
                path = _BEYOND_ASCII.sub(_escaped, path)
            path = _plain_path(_normal_escapes(path))
            settled = (
                not query
                and "amp" not in path[-9:].lower()
                and ";" not in text  # what is cut out may leave a step "." behind it
                and plain not in _SPECIAL_HOSTS
                and _plain_host(plain) == plain
            )
            return f"https://{plain}{path}{_plain_query(query, plain)}", settled
    try:
        parsed = ada_url.parse_url(
            text, attributes=("protocol", "hostname", "port", "pathname", "search", "hash")
        )
    except ValueError:
        return text, False
    if parsed["protocol"] not in _FETCHABLE:
        return text, False
    host = parsed["hostname"].rstrip(".")
    path, query = parsed["pathname"], parsed["search"]
    target = _unwrapped(host, path, query)
    if target is not None:
        return target, False
    host = _plain_host(host)
    path = _plain_path(_normal_escapes(path))
    query = _plain_query(query, host)
    fragment = parsed["hash"] if _ROUTE.match(parsed["hash"]) else ""
    port = f":{parsed['port']}" if parsed["port"] not in ("", "80", "443") else ""
    return f"https://{host}{port}{path}{query}{fragment}", False


def _escaped(match: re.Match[str]) -> str:
    return quote(match[0])


_SPECIAL_HOSTS = frozenset({"google.com", "news.google.com", "youtube.com", "youtu.be"})


@lru_cache(maxsize=2048)
def _plain_host(host: str) -> str:
    for prefix in _MOBILE:
        if host.startswith(prefix):
            rest = host[len(prefix) :]
            labels = rest.split(".")
            whole = len(labels) >= 2 and not (
                len(labels) == 2 and len(labels[1]) == 2 and labels[0] in _SECOND_LEVEL
            )
            if whole:
                host = rest
    parts = host.split(".")
    if len(parts) >= 4 and parts[1] == "m" and parts[2].startswith("wiki"):
        del parts[1]  # en.m.wikipedia.org
        host = ".".join(parts)
    if ".blogspot." in host:
        host = _BLOGSPOT.sub(".blogspot.com", host)
    elif host.startswith("google.") and _GOOGLE.fullmatch(host):
        host = "google.com"
    return _SAME_SITE.get(host, host)


def _plain_path(path: str) -> str:
    if ";" in path:
        path = _SESSION.sub("", path)
    lower = path[-9:].lower()  # as long as the longest ending
    for ending in (
        ("/amp/", "/amp", ".amp.html", ".amp", "/amp.html", "/amphtml") if "amp" in lower else ()
    ):
        if lower.endswith(ending):
            front = path[: -len(ending)]
            # A page may be called "amp"; an article's own name has a digit or a hyphen.
            last = front.rstrip("/").rsplit("/", 1)[-1]
            if last and any(char.isdigit() or char == "-" for char in last):
                path = front + (".html" if ending == ".amp.html" else "")
            break
    if path[:5] == "/amp/" and "/" in path[5:].strip("/"):
        last = path.rstrip("/").rsplit("/", 1)[-1]  # in a section: /amp/nyheter/bron-1
        if any(char.isdigit() or char == "-" for char in last):
            path = path[4:]
    return path.rstrip("/") or "/"


def _plain_query(query: str, host: str) -> str:
    if len(query) < 2:
        return ""
    kept = []
    for part in query[1:].split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        if name.lower() in _AMP_PARAMETERS and value.lower() in ("", "1", "true", "amp"):
            continue
        if not is_tracker(unquote(name), host, value):
            kept.append(_normal_escapes(part))
    if not kept:
        return ""
    kept.sort(key=lambda part: part.partition("=")[0])
    return "?" + "&".join(kept)


_WRAPPERS_BY_HOST: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
for _host, _prefix, _names in _WRAPPERS:
    _WRAPPERS_BY_HOST.setdefault(_plain_host(_host), []).append((_prefix, _names))


def _normal_escapes(text: str) -> str:
    if "%" not in text:
        return text

    def one(match: re.Match[str]) -> str:
        char = chr(int(match[1], 16))
        return char if char in _UNRESERVED else match[0].upper()

    return _ESCAPE.sub(one, text)


def _unwrapped(host: str, path: str, query: str) -> str | None:
    """The target of a wrapper, where it stands in the address itself."""
    plain = _plain_host(host)
    if host.endswith(".cdn.ampproject.org") or (path.startswith("/amp/") and plain == "google.com"):
        return _amp_cache(path)
    if plain in ("youtu.be", "youtube.com"):
        film = _FILM.fullmatch(path)
        if film and (film[1] or plain == "youtu.be"):
            more = f"&{query[1:]}" if len(query) > 1 else ""
            return f"https://youtube.com/watch?v={film[2]}{more}"
    if host == "news.google.com":
        found = _google_news(path)
        if found is not None:
            return found
    for prefix, names in _WRAPPERS_BY_HOST.get(plain, ()):
        if path.startswith(prefix):
            values: dict[str, str] = {}
            for part in query[1:].split("&"):
                name, _, value = part.partition("=")
                values.setdefault(name.lower(), unquote(value.replace("+", " ")))
            for name in names:
                if _HTTP_START.match(values.get(name, "")):
                    return values[name]
    return None


def _amp_cache(path: str) -> str | None:
    """``/amp/s/host/path`` or ``/c/s/host/path``: ``s`` says that the page is on https."""
    parts = path.split("/", 3)
    if len(parts) < 3:
        return None
    if parts[2] == "s" and len(parts) == 4:
        return f"https://{parts[3]}" if "." in parts[3].split("/")[0] else None
    rest = "/".join(parts[2:])
    return f"http://{rest}" if "." in parts[2] else None


def _google_news(path: str) -> str | None:
    """The address inside a Google News article id, in the form used until 2024.

    The id is base64 of a small protocol buffer that holds the address as a string; newer
    ids hold only a token that Google alone can read, and stay as they are.
    """
    match = re.search(r"/(?:articles|read)/([A-Za-z0-9_-]{20,})", path)
    if match is None:
        return None
    encoded = match[1]
    try:
        decoded = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except (binascii.Error, ValueError):
        return None
    found = re.search(rb"https?://[\x21-\x7e]+", decoded)
    if found is None:
        return None
    address = found[0]
    start = found.start()
    length = decoded[start - 1] if start else 0  # a protobuf length byte, or the end of two
    if start > 1 and decoded[start - 2] & 0x80 and length < 0x80:
        length = (length << 7) | (decoded[start - 2] & 0x7F)
    if 10 <= length < len(address):
        address = address[:length]
    return address.decode("ascii")
