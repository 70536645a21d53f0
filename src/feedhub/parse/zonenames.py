"""Names and abbreviations of time zones, as feeds write them."""

from __future__ import annotations

_H = 60
# Minutes east of UTC. Where an abbreviation has several meanings, the one that feeds use.
ZONES: dict[str, int] = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0,
    "WEST": _H, "BST": _H, "CET": _H, "MET": _H, "MEZ": _H, "IST": 330,
    "CEST": 2 * _H, "MEST": 2 * _H, "MESZ": 2 * _H, "EET": 2 * _H, "SAST": 2 * _H,
    "EEST": 3 * _H, "MSK": 3 * _H, "TRT": 3 * _H, "IDT": 3 * _H, "EAT": 3 * _H, "CAT": 2 * _H,
    "WAT": _H, "MSD": 4 * _H, "GST": 4 * _H, "PKT": 5 * _H, "NPT": 345, "WIB": 7 * _H,
    "ICT": 7 * _H, "WITA": 8 * _H, "PHT": 8 * _H, "MYT": 8 * _H, "WIT": 9 * _H,
    "SGT": 8 * _H, "HKT": 8 * _H, "AWST": 8 * _H, "JST": 9 * _H, "KST": 9 * _H,
    "ACST": 570, "AEST": 10 * _H, "ACDT": 630, "AEDT": 11 * _H,
    "NZST": 12 * _H, "NZDT": 13 * _H,
    "BRT": -3 * _H, "ART": -3 * _H, "ADT": -3 * _H, "NDT": -150, "NST": -210,
    "CLST": -3 * _H, "CLT": -4 * _H, "COT": -5 * _H, "PET": -5 * _H,
    "AST": -4 * _H, "EDT": -4 * _H, "EST": -5 * _H, "CDT": -5 * _H,
    "CST": -6 * _H, "MDT": -6 * _H, "MST": -7 * _H, "PDT": -7 * _H,
    "PST": -8 * _H, "AKDT": -8 * _H, "AKST": -9 * _H, "HST": -10 * _H,
    "A": -1 * _H, "M": -12 * _H, "N": 1 * _H, "Y": 12 * _H,
}  # fmt: skip
# Names for what is in force at a place, in summer as in winter.
PLACES: dict[str, str] = {
    "ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver",
    "PT": "America/Los_Angeles", "EST5EDT": "America/New_York", "CST6CDT": "America/Chicago",
    "MST7MDT": "America/Denver", "PST8PDT": "America/Los_Angeles",
}  # fmt: skip
# Zones spelt out, without the "Time" at their end.
PHRASES: dict[str, str] = {
    "EASTERN STANDARD": "EST", "EASTERN DAYLIGHT": "EDT", "CENTRAL STANDARD": "CST",
    "CENTRAL DAYLIGHT": "CDT", "MOUNTAIN STANDARD": "MST", "MOUNTAIN DAYLIGHT": "MDT",
    "PACIFIC STANDARD": "PST", "PACIFIC DAYLIGHT": "PDT", "GREENWICH MEAN": "GMT",
    "COORDINATED UNIVERSAL": "UTC", "BRITISH SUMMER": "BST", "CENTRAL EUROPEAN": "CET",
    "CENTRAL EUROPEAN STANDARD": "CET", "CENTRAL EUROPEAN SUMMER": "CEST",
    "EASTERN EUROPEAN": "EET", "EASTERN EUROPEAN STANDARD": "EET",
    "EASTERN EUROPEAN SUMMER": "EEST", "MOSCOW STANDARD": "MSK",
}  # fmt: skip
