"""Names of the months in the languages that feeds are written in."""

from __future__ import annotations

# One line a language, January first; alternatives are separated by a bar.
_NAMES = (
    # English
    "january|jan february|feb march|mar april|apr may june|jun july|jul august|aug "
    "september|sep|sept october|oct november|nov december|dec",
    # Swedish
    "januari|jan februari|febr mars april maj juni juli augusti september oktober|okt november "
    "december",
    # Norwegian and Danish
    "januar februar marts april mai|maj juni juli august september oktober november "
    "desember|des|december",
    # Finnish: each also with the endings below
    "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu",
    # German, with the Austrian January
    "januar|jänner|jän februar|feber märz|mär|maerz|mrz april mai juni juli august september "
    "oktober|okt november dezember|dez",
    # French
    "janvier|janv février|févr|fevrier|fév mars avril|avr mai juin juillet|juil août|aout|aoû "
    "septembre octobre novembre décembre|déc|decembre",
    # Spanish
    "enero|ene febrero marzo abril|abr mayo junio julio agosto|ago septiembre|setiembre|set "
    "octubre noviembre diciembre|dic",
    # Italian
    "gennaio|gen febbraio marzo aprile maggio|mag giugno|giu luglio|lug agosto settembre "
    "ottobre|ott novembre dicembre",
    # Portuguese
    "janeiro fevereiro|fev março|marco abril maio junho julho agosto setembro outubro|out "
    "novembro dezembro",
    # Dutch
    "januari februari maart|mrt april mei juni juli augustus september oktober november december",
    # Polish
    "stycznia|sty lutego|lut marca kwietnia|kwi maja czerwca|cze lipca|lip sierpnia|sie "
    "września|wrz października|paź listopada|lis grudnia|gru",
    # Russian
    "января|янв февраля|фев|февр марта|мар апреля|апр мая|май июня|июн июля|июл августа|авг "
    "сентября|сен|сент октября|окт ноября|ноя|нояб декабря|дек",
    # Ukrainian
    "січня|січ лютого|лют березня|бер квітня|кві травня|тра червня|чер липня|лип серпня|сер "
    "вересня|вер жовтня|жов листопада|лис грудня|гру",
    # Bulgarian
    "януари|яну февруари|фев март|мар април|апр май юни юли август|авг септември|септ октомври "
    "ноември декември",
    # Icelandic
    "janúar febrúar mars apríl maí júní|jún júlí|júl ágúst|ágú september október|okt nóvember|nóv "
    "desember|des",
    # Estonian
    "jaanuar|jaan veebruar|veebr märts aprill mai juuni juuli august september oktoober november "
    "detsember|dets",
    # Latvian
    "janvāris februāris marts aprīlis maijs jūnijs jūlijs augusts septembris oktobris novembris "
    "decembris",
    # Czech
    "ledna|leden|led února|únor|úno března|březen|bře dubna|duben|dub května|květen|kvě "
    "června|červen|čvn července|červenec|čvc srpna|srpen|srp září|zář října|říjen|říj listopadu "
    "prosince|prosinec|pro",
    # Slovak
    "januára februára marca apríla mája júna júla augusta septembra októbra novembra decembra",
    # Slovene and Serbian
    "januarja februarja mart aprila maja junija julija avgusta|avgust|avg septembra|septembar "
    "oktobra|oktobar novembra|novembar decembra|decembar",
    # Hungarian
    "január február|febr március|márc április|ápr május|máj június|jún július|júl augusztus "
    "szeptember|szept október november december",
    # Romanian
    "ianuarie|ian februarie martie aprilie mai iunie|iun iulie|iul august septembrie octombrie "
    "noiembrie|noi decembrie",
    # Turkish
    "ocak|oca şubat|şub mart nisan|nis mayıs haziran|haz temmuz|tem ağustos|ağu eylül|eyl ekim|eki "
    "kasım|kas aralık|ara",
    # Catalan
    "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre",
    # Indonesian and Malay
    "januari februari|pebruari maret|mac april mei juni juli|julai agustus|ogos september oktober "
    "november|nopember desember|disember",
    # Greek
    "ιανουαρίου|ιαν φεβρουαρίου|φεβ μαρτίου|μαρ|μάρ απριλίου|απρ μαΐου|μαΐ|μάι ιουνίου|ιουν|ιούν "
    "ιουλίου|ιουλ|ιούλ αυγούστου|αυγ|αύγ σεπτεμβρίου|σεπ οκτωβρίου|οκτ νοεμβρίου|νοε|νοέ "
    "δεκεμβρίου|δεκ",
    # Arabic
    "يناير فبراير مارس أبريل|ابريل مايو يونيو يوليو أغسطس|اغسطس سبتمبر أكتوبر|اكتوبر نوفمبر ديسمبر",
    # Hebrew, with and without the "in" that is written as one word with it
    "ינואר|בינואר פברואר|בפברואר מרץ|במרץ אפריל|באפריל מאי|במאי יוני|ביוני יולי|ביולי "
    "אוגוסט|באוגוסט ספטמבר|בספטמבר אוקטובר|באוקטובר נובמבר|בנובמבר דצמבר|בדצמבר",
)

MONTHS: dict[str, int] = {
    name: number
    for line in _NAMES
    for number, names in enumerate(line.split(), start=1)
    for name in names.split("|")
}
_FINNISH = next(line for line in _NAMES if line.startswith("tammi")).split()
# The nominative, partitive and genitive of Finnish month names, and CLDR's short form.
MONTHS |= {
    f"{name}{ending}": number
    for number, name in enumerate(_FINNISH, start=1)
    for ending in ("kuu", "kuuta", "kuun", "k")
}
