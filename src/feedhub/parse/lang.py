"""A cheap guess at the language of a headline: function words and telling letters."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORDS: dict[str, frozenset[str]] = {
    "sv": _words(
        "och att det som är för på med av inte till den har om ett var jag från kan ska "
        "efter men över vid mot under så när blir också nya mer än här"
    ),
    "nb": _words(
        "og at det som er for på med av ikke til den har om et var jeg fra kan skal etter "
        "men over ved mot under så når blir også nye mer enn her hva å nå bli ble mye"
    ),
    "da": _words(
        "og at det som er for på med af ikke til den har om et var jeg fra kan skal efter "
        "men over ved mod under så når bliver også nye mere end her hvad"
    ),
    "fi": _words(
        "ja on ei että oli se hän mutta ovat kun myös sekä joka tai nyt vuoden jälkeen "
        "mukaan uusi näin tämä suomen ole voi"
    ),
    "de": _words(
        "und der die das ist nicht mit ein eine für auf den von zu im dem sich auch nach "
        "bei wird über aus wie gegen sind zum"
    ),
    "en": _words(
        "the and of to in is for on with that it was by from at as are be has have this "
        "his her after not will new what how who over do you"
    ),
    "fr": _words(
        "le la les et des est une un pour dans en du au sur que qui pas par avec plus ce "
        "il elle aux après son"
    ),
    "es": _words(
        "el la los las y de que en un una por con del para es se su al como más tras lo no sus"
    ),
    "it": _words(
        "il di che è la le un una per non con del della dei delle gli nel nella alla più sono da "
        "si al ma anche sul dal ecco"
    ),
    "pt": _words(
        "de que em um uma do da dos das na nos ao os para com não por mais foi são é pelo "
        "pela após diz até"
    ),
    "nl": _words(
        "de het een en van is in op voor met dat niet zijn aan te door om er bij naar ook "
        "uit over na"
    ),
}
_LETTERS = {"ä": "sv", "ö": "sv", "æ": "nb", "ø": "nb", "ß": "de", "ü": "de", "ñ": "es", "ê": "fr"}
_CODES: dict[str, str] = {}  # the languages of a word, each with a blank behind it
for _code, _known in _WORDS.items():
    for _one in _known:
        _CODES[_one] = _CODES.get(_one, "") + f"{_code} "
_WORD = re.compile(r"[^\W\d_]+")
_ASCII_WORD = re.compile("[a-z]+")
# Letters of languages that are none of these, but for a name here and there.
_FOREIGN = re.compile("[ąęłśżźćńčřěůďťňšžőűğışșțţăđāēīūķļņģėįų]")
_ADDRESS = re.compile(r"https?://\S+|\.com\b")  # whose "com" is no word of Portuguese
_OTHER_SCRIPT = re.compile("[\u0370-\u0fff\u3040-\ud7af]")
# Languages of one script: the best known one, letters that it alone has, and another with its own.
_OWN_LETTERS = (
    ("ru", "ыэъё", "uk", "іїєґ"),
    ("ar", "ةىإ", "fa", "پچژگ"),
)
# Headlines in Chinese characters alone may be Japanese; so many of them are not.
_CHINESE = 40
_SCRIPTS = (
    (0x0400, 0x04FF, "ru"),
    (0x0600, 0x06FF, "ar"),
    (0x0590, 0x05FF, "he"),
    (0x3040, 0x30FF, "ja"),
    (0xAC00, 0xD7AF, "ko"),
    (0x0370, 0x03FF, "el"),
    (0x0E00, 0x0E7F, "th"),
)


def clean_code(code: str | None) -> str | None:
    """``sv-se`` from ``sv_SE`` and the like; ``None`` for what is no language tag."""
    if not code:
        return None
    tag = code.strip().replace("_", "-").lower()
    if tag == "no":
        return "no"
    return tag if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}", tag) else None


def _by_letters(text: str, code: str) -> str:
    """The language, or another of its script where more letters are that one's alone.

    One quotes the other's names.
    """
    for known, its_own, other, others in _OWN_LETTERS:
        if known == code and sum(map(text.count, others)) > sum(map(text.count, its_own)):
            return other
    return code


def guess(text: str, most: int = 500) -> str | None:
    """The language of a text, or ``None`` unless one is clearly ahead of the others.

    Two function words are asked for, and half as much again as the second best, and more of them
    than of letters that no language known here has. Norwegian
    and Danish, much alike, are told apart by the words that differ. ``most`` letters are read.
    """
    text = text[:most].lower()
    ascii_only = text.isascii()
    if not ascii_only and _OTHER_SCRIPT.search(text):
        for low, high, code in _SCRIPTS:
            seen = sum(1 for char in text[:200] if low <= ord(char) <= high)
            if seen >= 5:
                return _by_letters(text, code)
        if sum(1 for char in text[:200] if "\u4e00" <= char <= "\u9fff") >= _CHINESE:
            return None if any("\u3040" <= char <= "\u30ff" for char in text) else "zh"
    if "://" in text or ".com" in text:
        text = _ADDRESS.sub(" ", text)
    words = (_ASCII_WORD if ascii_only else _WORD).findall(text)
    if len(words) < 4:
        return None
    told = "".join(filter(None, map(_CODES.get, words)))
    scores = {code: float(told.count(code)) for code in _WORDS}
    for letter, code in () if ascii_only else _LETTERS.items():
        hits = text.count(letter)
        if hits:
            scores[code] += min(hits, 4) * 0.5
            if letter in "æø":
                scores["da"] += min(hits, 4) * 0.5
            if letter in "äö":
                scores["fi"] += min(hits, 4) * 0.5
                scores["de"] += min(hits, 4) * 0.5
    best, other, third = sorted(scores, key=scores.__getitem__, reverse=True)[:3]
    top, second = scores[best], scores[other]
    if not ascii_only and top <= len(_FOREIGN.findall(text)):
        return None
    if {best, other} == {"nb", "da"} and top > second:
        second = scores[third]
    return best if top >= 2 and top >= 1.25 * second and top - second >= 1 else None
