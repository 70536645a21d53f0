"""The words of feeds and pages in English."""

from __future__ import annotations

from feedhub.publish.wording import Words

ENGLISH = Words(
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
    why="why?",
    why_long="Why it stands here",
    all_of="The whole list",
    subscribe="Subscribe",
    recommended="Each story once, when it enters the list – best for a feed reader.",
    snapshot="The list as it stands now",
    search="Search",
    search_hits=("No hits for", "One hit for", "{n} hits for"),
    quotes=("“", "”"),
    search_hint="Search titles and texts",
    status="Status",
    about="About",
    lists="Lists",
    sources="Sources",
    story="The story",
    timeline="Who wrote what, when",
    first_teller="First to tell",
    voices=("{n} source", "{n} independent sources"),
    articles=("{n} article", "{n} articles"),
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
    not_found_help="The address may be misspelt, or what stood here has been taken away.",
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
        "Latest is sorted by when the news was published, as far as the source can be "
        "believed about it."
    ),
    about_popular=(
        "Popular right now is sorted by how many independent sources tell the same story, how "
        "recently, and by the figures that the sources themselves give. Several sections of one "
        "paper count as one source, and who only carries another's text is none. Open “why?” at a "
        "story to see its own reasons: what weighs most stands first, with its points."
    ),
    about_number=(
        "The number beside a story in Popular right now says how many independent sources tell it. "
        "Where only one does, the source's own figure stands there, if it gives any: shares, "
        "comments or views. The number is for your information; the list does not go by it alone."
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
    about_embed="For another site (iframe)",
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
    ages=("Any time", "The last day", "The last week", "The last month"),
    silent="silent for {span}, longer than usual",
    guids_distrusted="its ids cannot be trusted",
    remark="To note",
    usual_gap="usually {span} apart",
    dates_all="all {n} believed",
    dates_some="{good} of {n} believed",
    dates_none="none in the feed",
    about_rank={
        "coverage": (
            "How many independent sources tell the story, and how recently: each counts for "
            "less and less as hours go by."
        ),
        "counts": (
            "Comments, shares and other figures in the feeds, against what is normal for the "
            "source."
        ),
        "prominence": "The place in the source's own order, where an editor orders it.",
        "toplist": "Places in top lists.",
        "links": "How many other articles link to it.",
        "clicks": "How often the links from here are followed; who follows them is not kept.",
    },
    about_api="For programs: {api}, described in {openapi}.",
    about_archive="All that ever was in a list stays in its archive.",
    log_in="Log in to read",
    taken_away="What stood here has been taken away",
    searched="Time",
    private="This list is private: the address of its feed is a secret.",
)
