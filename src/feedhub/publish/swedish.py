"""The words of feeds and pages in Swedish."""

from __future__ import annotations

from feedhub.publish.wording import Words

SWEDISH = Words(
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
    why="varför?",
    why_long="Därför står den här",
    all_of="Hela listan",
    subscribe="Prenumerera",
    recommended="Varje nyhet en gång, när den kommer in på listan – bäst för en flödesläsare.",
    snapshot="Listan som den ser ut just nu",
    search="Sök",
    search_hits=("Inga träffar på", "En träff på", "{n} träffar på"),
    quotes=("”", "”"),
    search_hint="Sök bland rubriker och texter",
    status="Status",
    about="Om sidan",
    lists="Listor",
    sources="Källor",
    story="Nyheten",
    timeline="Vem skrev vad, när",
    first_teller="Först ut",
    voices=("{n} källa", "{n} oberoende källor"),
    articles=("{n} artikel", "{n} artiklar"),
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
    not_found_help="Adressen kan vara felskriven, eller så har det som stod här tagits bort.",
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
        "Populärt just nu sorteras efter hur många oberoende källor som berättar samma "
        "nyhet, hur nyligen, och efter de siffror källorna själva uppger. Flera avdelningar av "
        "samma tidning räknas som en källa, och den som bara återger en annans text är ingen egen. "
        "Öppna ”varför?” vid en nyhet för att se just dess skäl: det som väger tyngst står först, "
        "med sina poäng."
    ),
    about_number=(
        "Siffran vid en nyhet i Populärt just nu säger hur många oberoende källor som berättar "
        "den. Är det bara en, står i stället källans egen siffra, om den uppger någon: delningar, "
        "kommentarer eller visningar. Siffran är en upplysning; listan går inte efter den ensam."
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
    about_embed="För en annan webbplats (iframe)",
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
    ages=("När som helst", "Senaste dygnet", "Senaste veckan", "Senaste månaden"),
    silent="tyst i {span}, längre än den brukar",
    guids_distrusted="dess id-nummer går inte att lita på",
    remark="Att märka",
    usual_gap="oftast {span} emellan",
    dates_all="alla {n} rimliga",
    dates_some="{good} av {n} rimliga",
    dates_none="inga i flödet",
    about_rank={
        "coverage": (
            "Hur många oberoende källor som berättar nyheten, och hur nyss: varje källa "
            "räknas för allt mindre med timmarna."
        ),
        "counts": (
            "Kommentarer, delningar och andra siffror i flödena, mot vad som är normalt för källan."
        ),
        "prominence": "Platsen i källans egen ordning, där en redaktör ordnar den.",
        "toplist": "Platser på topplistor.",
        "links": "Hur många andra artiklar som länkar till den.",
        "clicks": "Hur ofta länkarna härifrån följs; vem som följer dem sparas inte.",
    },
    about_api="För program: {api}, beskrivet i {openapi}.",
    about_archive="Allt som har stått på en lista finns kvar i dess arkiv.",
    log_in="Logga in för att läsa",
    taken_away="Det som stod här har tagits bort",
    searched="Tid",
    private="Listan är privat: adressen till flödet är hemlig.",
)
