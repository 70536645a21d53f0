"""Every constant of the story engine, each with its reason; one set of values for all."""

from __future__ import annotations

from feedhub.values import dataclass


@dataclass(frozen=True, slots=True)
class Tuning:
    """The constants. ``docs/stories.md`` shows how flat the results are around each."""

    # Deciding.
    threshold: float = 0.16  # two headlines on one event share a sixth of their weight
    lede: float = 0.05  # more when there is a lede too: long texts share words by chance
    lede_words: int = 30  # the length of a lede that counts in full
    bulk: float = 0.01  # more for each doubling of the window: more to be mistaken for
    bulk_items: int = 1000  # ... counted from here
    crowd: float = 0.7  # share of the rival stories' fit that is asked for on top ...
    rival: int = 4  # ... where the fourth-best story stands for the rivals
    nearest: int = 3  # a story fits by its nearest members: long stories drift
    whole: float = 0.3  # ... and this much by the mean of more of them: one subject, many events
    breadth: float = 0.75  # ... of a story of 16, the best 8; with a full lede all counts by all
    members: int = 16  # the newest members that speak for a story
    half_life_h: float = 48.0  # news of one event comes within days
    # Two full reports that both name numbers, and none that is the same, are less alike by this:
    # a weekly figure and that of the week before are told in the same words.
    numbers: float = 0.15
    # Two texts that both name days by day and month, and none that is the same, by this.
    dates: float = 0.8
    # What two items share must weigh this much in nats: rarer, one pair in 500, than the
    # rarest single word of a small window, whose rarity nobody knows.
    chance: float = 6.2
    everyday: float = 3.6  # a word known to be common gives only what it has over this
    twin: float = 0.8  # so alike that no crowd can argue: a copy
    move_margin: float = 0.02  # a neighbour moves only for a fit better by this
    move_size: int = 6  # ... and only out of a story that is still small
    moves: int = 3  # neighbours that are asked
    merge_reach: int = 4  # how many of the nearest stories are looked at for a merge
    merge_fit: float = 0.5  # ... and those that fit the new item half as well as is asked
    merge_ask: float = 1.3  # two stories must be more alike than an item and a story
    merge_members: int = 5  # the newest members speak for a story there: the older hold it apart

    # Weighing.
    title: int = 2  # the title counts twice
    affix: float = 0.5  # the two ends of a long word weigh half as much as its stem, squared
    affix_letters: int = 5
    long_word: int = 6
    prior_items: int = 1000  # idf before anything is seen: as if so many items ...
    prior_share: float = 0.003  # ... had shown this share of them a word that is not listed
    summary_words: int = 80  # a feed's first paragraph, whole

    # Searching.
    visits: int = 400  # index entries read for one item, rarest words first
    tail: float = 0.02  # the commonest words are not looked up when they weigh less
    reach_floor: float = 0.3  # what shares less than this of the best is not looked at
    reach_least: float = 0.05  # ... nor what shares less than this of the item's own weight
    reach_most: int = 60  # where more than so many share one word alone, none stands out
    first: int = 6  # when so many of the likeliest are nowhere near, no more are compared
    stories: int = 8  # stories whose items are compared in full: twice the rival's place
    candidates: int = 20  # items compared in full

    # Templates.
    recurring: int = 3  # so many of a kind are a kind
    column_h: float = 12.0  # one publisher's same title again after this is a column
