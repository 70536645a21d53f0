"""Short texts are asked about once; long ones are not kept."""

from feedhub.parse.remembered import LONGEST, remembered


def test_a_short_text_is_asked_about_once_and_a_long_one_is_not_kept() -> None:
    asked: list[tuple[str, str]] = []

    @remembered(2)
    def joined(text: str, base: str) -> str:
        asked.append((text, base))
        return base + text

    long = "a" * (LONGEST + 1)
    for _ in range(2):
        assert joined("a", "b") == "ba"
        assert joined(long, "b") == "b" + long
        assert joined("b", long) == long + "b"
    assert asked == [("a", "b"), (long, "b"), ("b", long), (long, "b"), ("b", long)]
