"""The words of feeds and pages in Swedish and English, and how each writes dates and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words. ``units`` and ``outcomes`` are keyed by the stored words."""

    code: str
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    units: Mapping[str, tuple[str, str]]  # one, several
    outcomes: Mapping[str, str]
    source: str
    also_in: str
    untitled: str
    entries_as_they_come: str
    latest: str
    popular: str
    why: str
    why_long: str
    all_of: str
    subscribe: str
    recommended: str
    snapshot: str
    search: str
    search_hits: tuple[str, str, str]
    search_hint: str
    status: str
    about: str
    lists: str
    sources: str
    story: str
    timeline: str
    first_teller: str
    voices: tuple[str, str]
    photo: str
    updated: str
    empty: str
    read_at: str
    to_front: str
    skip: str
    by: str
    paywall: str
    points: str
    undated: str
    fetching: str
    unreachable: str
    no_sources: str
    demo_hint: str
    not_found: str
    not_found_help: str
    wrong_method: str
    server_error: str
    starting: str
    col_source: str
    col_outcome: str
    col_newest: str
    col_dates: str
    col_items: str
    col_next: str
    never: str
    paused: str
    status_sum: str
    mistakes: str
    about_what: str
    about_popular: str
    about_latest: str
    about_new: str
    about_rights: str
    about_privacy: str
    about_feeds: str
    made_with: str
    in_story: str
    place: str
    story_link: str
    others_tell: str
    archive: str
    archive_page: str
    older: str
    newer: str
    fresh: tuple[str, str]
    category: str
    categories: str
    every_category: str
    every_source: str
    any_time: str
    last_day: str
    last_week: str
    last_month: str
    silent: str
    guids_distrusted: str
    remark: str
    usual_gap: str
    dates_all: str
    dates_some: str
    dates_none: str
    about_rank: tuple[str, ...]
    about_api: str
    about_archive: str
    private: str
    log_in: str
    taken_away: str
    searched: str

    def unit(self, name: str, count: int) -> str:
        """The unit after a number; a unit without a translation stands as it is stored."""
        one, several = self.units.get(name, (name, name))
        return one if count == 1 else several

    def number(self, value: int) -> str:
        """Thousands apart: 12 345 (with a no-break space) or 12,345."""
        return f"{value:,}" if self.code == "en" else f"{value:,}".replace(",", "\u00a0")

    def span(self, length: timedelta) -> str:
        """A length of time in its greatest unit: ``40 min``, ``7 tim``, ``3 dygn``."""
        minutes = max(0, round(length / timedelta(minutes=1)))
        if minutes < 120:
            return f"{minutes} min"
        if minutes < 48 * 60:
            return f"{round(minutes / 60)} {'tim' if self.code == 'sv' else 'h'}"
        return f"{round(minutes / 1440)} {'dygn' if self.code == 'sv' else 'days'}"

    def decimal(self, value: float) -> str:
        """At most one decimal, none where it is a whole: 2,4 or 12."""
        text = f"{value:.1f}".removesuffix(".0")
        return text if self.code == "en" else text.replace(".", ",")

    def points_of(self, value: float) -> str:
        """A signed term with at most two decimals: +2,41 or −0.35 with a true minus."""
        text = f"{value:+.2f}".rstrip("0").rstrip(".")
        if text in ("+0", "-0"):
            return "0"
        return text.replace("-", "\u2212").replace(".", "." if self.code == "en" else ",")

    def stamp(self, at: datetime, zone: ZoneInfo) -> str:
        """``24 nov. 09:15`` in the hub's own time zone."""
        local = at.astimezone(zone)
        return f"{local.day} {self.months[local.month - 1]} {local:%H:%M}"

    def long_stamp(self, at: datetime, zone: ZoneInfo) -> str:
        """``tisdag 24 nov. 2026 kl. 09:15``."""
        local = at.astimezone(zone)
        day = f"{self.weekdays[local.weekday()]} {local.day} {self.months[local.month - 1]}"
        return f"{day} {local.year}{' kl.' if self.code == 'sv' else ','} {local:%H:%M}"

    def clock(self, at: datetime, zone: ZoneInfo) -> str:
        return f"{at.astimezone(zone):%H:%M}"


SV = Words(
    code="sv",
    months=(
        "jan.",
        "feb.",
        "mars",
        "apr.",
        "maj",
        "juni",
        "juli",
        "aug.",
        "sep.",
        "okt.",
        "nov.",
        "dec.",
    ),
    weekdays=("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"),
    units={
        "voices": ("källa", "källor"),
        "comments": ("kommentar", "kommentarer"),
        "shares": ("delning", "delningar"),
        "score": ("poäng", "poäng"),
        "views": ("visning", "visningar"),
        "clicks": ("klick", "klick"),
        "links": ("länk", "länkar"),
    },
    outcomes={
        "ok": "hämtad",
        "unchanged": "oförändrad",
        "not_modified": "oförändrad",
        "moved": "hämtad, har flyttat",
        "gone": "nedlagd",
        "throttled": "ber oss vänta",
        "blocked": "släpper inte in oss",
        "not_a_feed": "inget flöde på adressen",
        "failed": "misslyckades",
    },
    source="Källa",
    also_in="Även i",
    untitled="Utan rubrik",
    entries_as_they_come="varje nyhet en gång",
    latest="Senaste nytt",
    popular="Populärt just nu",
    why="varför?",
    why_long="Därför står den här",
    all_of="Hela listan",
    subscribe="Prenumerera",
    recommended="Varje nyhet en gång, när den kommer in på listan – bäst för en flödesläsare.",
    snapshot="Listan som den ser ut just nu",
    search="Sök",
    search_hits=("Inga träffar på", "En träff på", "{n} träffar på"),
    search_hint="Sök bland rubriker och texter",
    status="Status",
    about="Om sidan",
    lists="Listor",
    sources="Källor",
    story="Nyheten",
    timeline="Vem skrev vad, när",
    first_teller="Först ut",
    voices=("{n} röst", "{n} oberoende röster"),
    photo="Foto",
    updated="Uppdaterad",
    empty="Inget här ännu.",
    read_at="Läs hos",
    to_front="Till förstasidan",
    skip="Hoppa till nyheterna",
    by="Av",
    paywall="Kan kräva inloggning",
    points="poäng",
    undated="utan tid",
    fetching="Den första hämtningen pågår – ladda om sidan om en liten stund.",
    unreachable="Ingen av källorna gick att nå; ",
    no_sources="Inga källor är inlagda ännu: skriv in några adresser i feeds.yaml.",
    demo_hint="kör feedhub demo för att se sidan utan nätverk.",
    not_found="Sidan finns inte",
    not_found_help="Här finns:",
    wrong_method="Den adressen går bara att läsa (GET eller HEAD)",
    server_error="Något gick fel hos oss",
    starting="Startar – försök igen om en liten stund.",
    col_source="Källa",
    col_outcome="Senaste hämtning",
    col_newest="Nyaste",
    col_dates="Datum",
    col_items="Artiklar",
    col_next="Nästa hämtning",
    never="ännu inte",
    paused="avstängd",
    status_sum="{good} av {all} källor svarade senast.",
    mistakes="Det är fel i feeds.yaml. Det som gällde förut gäller än:",
    about_what="Sidan samlar rubriker från {n} källor och länkar till dem. Texterna är deras.",
    about_latest=(
        "Senaste nytt sorteras efter när nyheten publicerades, så långt källans uppgift "
        "går att lita på."
    ),
    about_popular=(
        "Populärt just nu sorteras efter hur många oberoende redaktioner som berättar samma "
        "nyhet, hur nyligen, och efter de siffror källorna själva uppger. Flera avdelningar av "
        "samma tidning är en röst. Öppna ”varför?” vid en nyhet för att se just dess skäl."
    ),
    about_new=(
        "För en flödesläsare passar .new-flödena bäst: där kommer varje nyhet en gång, när den "
        "tar sig in på listan."
    ),
    about_rights=(
        "Av varje artikel återges så mycket som källan är inställd på: rubrik, utdrag eller "
        "hela texten; utdrag om inget annat sagts."
    ),
    about_privacy=("Sidan sätter inga kakor och kör inga skript från andra."),
    about_feeds="Alla flöden",
    made_with="Gjord med",
    in_story="Ingår i nyheten",
    place="plats {n}",
    story_link="vem skrev vad",
    others_tell="Så berättar andra",
    archive="Arkiv",
    archive_page="{title} – arkiv {n}",
    older="Äldre",
    newer="Nyare",
    fresh=("{n} ny", "{n} nya"),
    category="Avdelning",
    categories="Avdelningar",
    every_category="Alla avdelningar",
    every_source="Alla källor",
    any_time="När som helst",
    last_day="Senaste dygnet",
    last_week="Senaste veckan",
    last_month="Senaste månaden",
    silent="tyst i {span}, längre än den brukar",
    guids_distrusted="dess id-nummer går inte att lita på",
    remark="Att märka",
    usual_gap="oftast {span} emellan",
    dates_all="alla {n} rimliga",
    dates_some="{good} av {n} rimliga",
    dates_none="inga i flödet",
    about_rank=(
        "Hur många oberoende röster som berättar nyheten, och hur nyss: varje röst räknas för "
        "allt mindre med timmarna.",
        "Kommentarer, delningar och andra siffror i flödena, mot vad som är normalt för källan.",
        "Platsen i källans egen ordning, där en redaktör ordnar den.",
        "Platser på topplistor.",
        "Hur färsk nyheten är.",
    ),
    about_api="För program: {api}, beskrivet i {openapi}.",
    about_archive="Allt som har stått på en lista finns kvar i dess arkiv.",
    log_in="Logga in för att läsa",
    taken_away="Det som stod här har tagits bort",
    searched="Tid",
    private="Listan är privat: adressen till flödet är hemlig.",
)

EN = Words(
    code="en",
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    units={
        "voices": ("source", "sources"),
        "comments": ("comment", "comments"),
        "shares": ("share", "shares"),
        "score": ("point", "points"),
        "views": ("view", "views"),
        "clicks": ("click", "clicks"),
        "links": ("link", "links"),
    },
    outcomes={
        "ok": "fetched",
        "unchanged": "unchanged",
        "not_modified": "unchanged",
        "moved": "fetched, has moved",
        "gone": "closed down",
        "throttled": "asks us to wait",
        "blocked": "does not let us in",
        "not_a_feed": "no feed at the address",
        "failed": "failed",
    },
    source="Source",
    also_in="Also in",
    untitled="Untitled",
    entries_as_they_come="each story once",
    latest="Latest news",
    popular="Popular now",
    why="why?",
    why_long="Why it stands here",
    all_of="The whole list",
    subscribe="Subscribe",
    recommended="Each story once, when it enters the list – best for a feed reader.",
    snapshot="The list as it stands now",
    search="Search",
    search_hits=("No hits for", "One hit for", "{n} hits for"),
    search_hint="Search titles and texts",
    status="Status",
    about="About",
    lists="Lists",
    sources="Sources",
    story="The story",
    timeline="Who wrote what, when",
    first_teller="First to tell",
    voices=("{n} voice", "{n} independent voices"),
    photo="Photo",
    updated="Updated",
    empty="Nothing here yet.",
    read_at="Read at",
    to_front="To the front page",
    skip="Skip to the news",
    by="By",
    paywall="May ask you to log in",
    points="points",
    undated="undated",
    fetching="The first fetch is under way – reload the page in a little while.",
    unreachable="None of the sources could be reached; ",
    no_sources="There are no sources yet: write some addresses into feeds.yaml.",
    demo_hint="run feedhub demo to see the page without a network.",
    not_found="There is no such page",
    not_found_help="What there is:",
    wrong_method="That address can only be read (GET or HEAD)",
    server_error="Something went wrong on our side",
    starting="Starting – try again in a little while.",
    col_source="Source",
    col_outcome="Last fetch",
    col_newest="Newest",
    col_dates="Dates",
    col_items="Articles",
    col_next="Next fetch",
    never="not yet",
    paused="turned off",
    status_sum="{good} of {all} sources answered last time.",
    mistakes="There are mistakes in feeds.yaml. What was in force before still is:",
    about_what=(
        "This page gathers headlines from {n} sources and links to them. The words are theirs."
    ),
    about_latest=(
        "Latest news is sorted by when the news was published, as far as the source can be "
        "believed about it."
    ),
    about_popular=(
        "Popular now is sorted by how many independent newsrooms tell the same story, how "
        "recently, and by the figures that the sources themselves give. Several sections of one "
        "paper are one voice. Open “why?” at a story to see its own reasons."
    ),
    about_new=(
        "For a feed reader the .new feeds are best: each story comes once, when it enters the list."
    ),
    about_rights=(
        "Of each article we show as much as its source is set to: the title, an excerpt, or all "
        "of the text; an excerpt unless told otherwise."
    ),
    about_privacy=("The page sets no cookies and runs no scripts of others."),
    about_feeds="All feeds",
    made_with="Made with",
    in_story="Part of the story",
    place="place {n}",
    story_link="who wrote what",
    others_tell="How others tell it",
    archive="Archive",
    archive_page="{title} – archive {n}",
    older="Older",
    newer="Newer",
    fresh=("{n} new", "{n} new"),
    category="Section",
    categories="Sections",
    every_category="All sections",
    every_source="All sources",
    any_time="Any time",
    last_day="The last day",
    last_week="The last week",
    last_month="The last month",
    silent="silent for {span}, longer than usual",
    guids_distrusted="its ids cannot be trusted",
    remark="To note",
    usual_gap="usually {span} apart",
    dates_all="all {n} believed",
    dates_some="{good} of {n} believed",
    dates_none="none in the feed",
    about_rank=(
        "How many independent voices tell the story, and how recently: each counts for less "
        "and less as hours go by.",
        "Comments, shares and other figures in the feeds, against what is normal for the source.",
        "The place in the source's own order, where an editor orders it.",
        "Places in top lists.",
        "How fresh the story is.",
    ),
    about_api="For programs: {api}, described in {openapi}.",
    about_archive="All that ever was in a list stays in its archive.",
    log_in="Log in to read",
    taken_away="What stood here has been taken away",
    searched="Time",
    private="This list is private: the address of its feed is a secret.",
)


def words(language: str) -> Words:
    """The words for ``hub.language``: Swedish for ``sv``, English for everything else."""
    return SV if language.lower().split("-")[0] == "sv" else EN
