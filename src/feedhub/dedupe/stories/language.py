"""Which language a headline is in, roughly, and its words cut to stems.

A feed's own declaration is believed; the guess is for items without one. It reads the script
first and counts everyday words after, so it costs microseconds and no model. A wrong guess
costs little: all items in a window that look alike are guessed alike.
"""

from __future__ import annotations

import re
from functools import lru_cache

import Stemmer

# Snowball's algorithm for each language tag it knows.
_ALGORITHMS = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}

# Tags by which feeds name one language: Norwegian's two written forms and its whole are told
# apart by hardly any, and three letters or a country's code stand for a language's own.
_SAME = {
    "nb": "no", "nn": "no", "nob": "no", "nno": "no", "nor": "no", "swe": "sv", "se": "sv",
    "dan": "da", "dk": "da", "fin": "fi", "deu": "de", "ger": "de", "eng": "en", "spa": "es",
    "fra": "fr", "fre": "fr", "por": "pt", "ita": "it", "nld": "nl", "dut": "nl", "rus": "ru",
}  # fmt: skip

# Words that nearly every sentence of the language holds and its neighbours' do not.
_EVERYDAY = {
    "sv": "och att är för på av med som inte till den ett från har efter över när här så",
    "no": "og at er for på av med som ikke til den et fra har etter over når her så seg",
    "da": "og at er for på af med som ikke til den et fra har efter over når her så sig",
    "fi": "ja on ei se että oli mutta kun myös ovat joka hän voi kuin ennen jälkeen mukaan",
    "de": "und der die das ist nicht mit für von dem ein eine auf den im zu nach bei aus wird",
    "en": "the and of to in is for on with that at from after by as was are has his over",
    "es": "el la de que y en los del se las por un para con una su al lo como más",
    "fr": "le la de et les des en un du une est pour dans qui que par sur au avec pas",
    "pt": "o a de que e do da em um para com não uma os no se na por mais dos",
    "it": "il di che e la per un in è del non con si da le della sono ha gli nel",
    "nl": "de het een van en is in dat op te voor met zijn niet aan er om door naar bij",
    "sl": "je in na se za da so pri ki po ne pa iz bo tudi kot še ob bi ali",
}
_HITS: dict[str, tuple[str, ...]] = {}
for _language, _words in _EVERYDAY.items():
    for _word in _words.split():
        _HITS[_word] = (*_HITS.get(_word, ()), _language)

# Letters that settle the language, or the script that does so well enough for stemming.
_LETTERS = (
    (re.compile("[ѐ-ӿа-яё]", re.IGNORECASE), "ru"),
    (re.compile("[\u0600-\u06ff]"), "ar"),
    (re.compile("[\u0370-\u03ff]"), "el"),
    (re.compile("[\u0900-\u097f]"), "hi"),
    (re.compile("[\u0b80-\u0bff]"), "ta"),
    (re.compile("[\u0530-\u058f]"), "hy"),
)

# Languages without an algorithm: inflection sits at the end of long words, so a word is
# cut to its first letters. Six keeps most roots apart and drops most endings.
_ROOT = 6


@lru_cache(maxsize=256)
def subtag(language: str | None) -> str:
    """The primary tag of ``sv-SE`` or ``en_US``, lower case; empty when none is given.

    Tags of one language are one: ``nb-NO``, ``nn`` and ``no``. Sami (``se``) keeps its own in
    Norway and Finland; elsewhere it is Sweden's code, meant for Swedish.
    """
    if not language:
        return ""
    tag, _, region = language.strip().replace("_", "-").casefold().partition("-")
    return tag if tag == "se" and region in ("no", "fi") else _SAME.get(tag, tag)


def guess(words: list[str]) -> str:
    """The likeliest language of case-folded words; empty when nothing speaks for any."""
    text = " ".join(words)
    for letters, language in _LETTERS:
        if letters.search(text):
            return language
    votes: dict[str, int] = {}
    for word in words:
        for language in _HITS.get(word, ()):
            votes[language] = votes.get(language, 0) + 1
    if not votes:
        return ""
    return max(votes, key=lambda language: (votes[language], language))


@lru_cache(maxsize=64)
def _stemmer(language: str) -> Stemmer.Stemmer | None:
    name = _ALGORITHMS.get(language)
    return Stemmer.Stemmer(name) if name else None


def stems(words: list[str], language: str) -> list[str]:
    """One stem for each case-folded word, in order; ``language`` is a primary tag or empty."""
    stemmer = _stemmer(language)
    if stemmer is None:
        return [word[:_ROOT] for word in words]
    found: list[str] = stemmer.stemWords(words)
    return found
