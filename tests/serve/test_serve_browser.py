"""The pages in a real browser: nothing foreign, nothing broken, readable, walkable by keys."""

import os
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from feedhub.model import Number
from feedhub.publish import SourceDetail, StoryDetail

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PAGES = ("/", "/senaste", "/popular", "/story/s1", "/item/i1", "/source/1", "/search?q=hamnen",
         "/status", "/about", "/popular/embed", "/embed", "/category/inrikes", "/senaste/archive/0",
         "/finns-inte")  # fmt: skip

# Every visible text against what is painted behind it, by the WCAG 2 formula.
CONTRAST = """() => {
  const channel = v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > .99) return c;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!own || !e.checkVisibility()) continue;
    const style = getComputedStyle(e), size = parseFloat(style.fontSize);
    const big = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const [a, b] = [light(parse(style.color)), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < (big ? 3 : 4.5)) poor.push(`${e.className || e.tagName}: ${ratio.toFixed(2)}`);
  }
  return poor;
}"""

# Names, landmarks, headings, language, target sizes: what an audit asks of every page.
STRUCTURE = """() => {
  const bad = [], all = s => [...document.querySelectorAll(s)];
  if (!document.documentElement.lang) bad.push('no language');
  if (!document.title.trim()) bad.push('no title');
  if (all('h1').length !== 1) bad.push(`${all('h1').length} h1`);
  if (all('main').length !== 1) bad.push('main');
  let last = 0;
  for (const h of all('h1,h2,h3,h4')) {
    const level = +h.tagName[1];
    if (level > last + 1) bad.push(`h${last} then h${level}: ${h.textContent}`);
    last = level;
  }
  const ids = all('[id]').map(e => e.id);
  for (const id of ids) if (ids.filter(one => one === id).length > 1) bad.push(`id ${id} twice`);
  for (const e of all('[aria-labelledby]'))
    if (!document.getElementById(e.getAttribute('aria-labelledby'))) bad.push('dangling label');
  for (const e of all('a,button,summary,input')) {
    const name = e.getAttribute('aria-label') || e.textContent.trim();
    if (!name) bad.push(`no name: ${e.outerHTML.slice(0, 80)}`);
  }
  for (const e of all('img')) if (!e.hasAttribute('alt')) bad.push('img without alt');
  const roles = all('nav,form[role=search]').map(e => e.tagName + e.getAttribute('aria-label'));
  if (new Set(roles).size !== roles.length) bad.push('landmarks of one name');
  for (const e of all('button,summary,.formats a,.menu a')) {
    const box = e.getBoundingClientRect();
    if (e.checkVisibility() && (box.width < 24 || box.height < 24))
      bad.push(`small target ${e.textContent.trim()} ${box.width}x${box.height}`);
  }
  return bad;
}"""


@pytest.fixture(scope="module")
def browser():
    required = os.environ.get("FEEDHUB_REQUIRE_ALL") == "1"
    if not Path(CHROMIUM).exists():
        message = f"no chromium at {CHROMIUM} (set CHROMIUM to another binary)"
        pytest.fail(message) if required else pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def axe():
    """axe-core's script: of AXE_CORE, else of node_modules beside tests/."""
    beside = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
    script = Path(os.environ.get("AXE_CORE", beside))
    if not script.exists():
        message = f"no axe-core at {script} (npm install --no-save axe-core)"
        required = os.environ.get("FEEDHUB_REQUIRE_ALL") == "1"
        pytest.fail(message) if required else pytest.skip(message)
    return script.read_text("utf-8")


@pytest.fixture
def open_page(browser):
    """Open pages that note what went wrong and what was asked of others in ``page.noted``."""
    contexts = []

    def opened(base, *, scheme="light", width=1280, script=True):
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            java_script_enabled=script,
            timezone_id="Europe/Stockholm",
        )
        contexts.append(context)
        page = context.new_page()
        noted = []
        page.on("console", lambda said: noted.append(f"console: {said.text}"))
        page.on("pageerror", lambda error: noted.append(f"error: {error}"))
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(base) else noted.append(asked.url),
        )
        return page, noted

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_whole_readable_and_our_own(site, serve, open_page, scheme, width):
    base = serve(site)
    page, noted = open_page(base, scheme=scheme, width=width)
    for path in PAGES:
        noted.clear()
        page.goto(base + path)
        if path == "/finns-inte":
            assert all("404" in one for one in noted), noted
        else:
            assert noted == [], path
        assert page.evaluate(CONTRAST) == [], path
        assert page.evaluate(STRUCTURE) == [], path
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} scrolls sideways by {wide} px at {width}"
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", background))) < 200) is (scheme == "dark")


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_object_to(make, new_site, serve, open_page, axe, scheme, width):
    base = serve(new_site(images="proxy"))
    page, _ = open_page(base, scheme=scheme, width=width)
    for path in PAGES:
        page.goto(base + path)
        page.evaluate(axe)
        found = page.evaluate("axe.run({resultTypes: ['violations']})")
        said = [
            (one["id"], [node["html"][:120] for node in one["nodes"][:3]])
            for one in found["violations"]
        ]
        assert said == [], path


def test_what_is_new_is_announced(make, site, serve, open_page):
    base = serve(site)
    page, noted = open_page(base)
    with page.expect_response("**/api/v1/events"):
        page.goto(base)
    assert page.locator(".fresh").count() == 0
    latest, popular = make.pair()
    fresh = [make.placed(make.item(number), number) for number in (21, 22, 23)]
    more = make.listing(*fresh, *latest.entries)
    site.publish(site.pages, listings=[more, popular])
    page.locator(".latest .fresh a").wait_for(timeout=5000)
    assert page.locator(".latest .fresh").text_content() == "3 nya"
    assert page.locator(".popular .fresh").count() == 0
    assert noted == []


def test_the_columns_stand_side_by_side_where_there_is_room(site, serve, open_page):
    base = serve(site)
    for width, beside in ((1280, True), (375, False)):
        page, _ = open_page(base, width=width)
        page.goto(base)
        left, right = (page.locator(one).bounding_box() for one in (".latest", ".popular"))
        assert left is not None
        assert right is not None
        assert (right["x"] > left["x"] + left["width"] / 2) is beside
        assert (right["y"] >= left["y"] + left["height"]) is not beside


def test_without_its_script_the_page_is_whole(site, serve, open_page):
    base = serve(site)
    page, noted = open_page(base, script=False)
    page.goto(base)
    assert page.locator("main time").first.text_content() == "24 nov. 09:05"
    why = page.locator("details.why").first
    why.locator("summary").click()
    assert why.locator("li").first.is_visible()
    page.locator("form.find input").fill("hamnen")
    page.locator("form.find input").press("Enter")
    assert page.locator(".place mark").count() >= 5
    assert noted == []


def test_times_become_relative_in_the_language_of_the_page(make, new_site, serve, open_page):
    for language, expected in (("sv", "för 10 minuter sedan"), ("en", "10 minutes ago")):
        base = serve(new_site(language=language))
        page, _ = open_page(base)
        page.clock.set_fixed_time(make.now)
        page.goto(base)
        page.wait_for_function("document.querySelector('main time').dataset.absolute")
        assert page.locator("main time").first.text_content() == expected


def walked(page):
    """(tag, text, shown with its outline) of everything that Tab comes to, each once, in order."""
    seen = []
    while True:
        page.keyboard.press("Tab")
        step = page.evaluate(
            """() => {
              const e = document.activeElement, box = e.getBoundingClientRect();
              if (e === document.body || e.dataset.walked) return null;
              e.dataset.walked = "yes";
              const style = getComputedStyle(e);
              return [e.tagName, e.textContent.trim().slice(0, 40),
                      parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== "none"
                      && box.right > 0 && box.bottom > 0 && box.width > 0];
            }"""
        )
        if step is None:
            return seen
        seen.append(step)


def test_the_keys_lead_through_every_page_and_show_where_they_are(site, serve, open_page):
    base = serve(site)
    page, _ = open_page(base)
    for path in PAGES:
        page.goto(base + path)
        steps = walked(page)
        assert steps, path
        assert all(shown for _, _, shown in steps), (path, [one for one in steps if not one[2]])
        if "embed" not in path:
            assert steps[0][1] == "Hoppa till nyheterna"
            assert steps[-1][1] == "OPML", path


def test_the_keys_lead_from_the_skip_link_through_the_news(site, serve, open_page):
    base = serve(site)
    page, _ = open_page(base)
    page.goto(base)
    seen = walked(page)
    assert seen[0][1] == "Hoppa till nyheterna"
    assert {"A", "INPUT", "BUTTON", "SUMMARY"} <= {tag for tag, _, _ in seen}
    assert sum(text.startswith("Hamnen byggs ut") for _, text, _ in seen) >= 8


EVIL = '"><script>alert(1)</script><img src=//a.example/x onerror=alert(1)><!--'


def test_hostile_items_run_and_ask_for_nothing(make, site_of, serve, open_page):
    named = {"title": EVIL, "summary": EVIL, "authors": (EVIL,), "section": EVIL}
    item = make.item(1, **named, categories=(EVIL,), source_name=EVIL, language='sv"><script>')
    item = replace(item, link="javascript:alert(1)", comments_url="data:text/html,<script>")
    other = make.item(2, **named, source_name=EVIL + "2", story_id=1)
    latest = make.listing(make.placed(item), title=EVIL, description=EVIL)
    popular = make.listing(make.placed(item, 1, other), popular=True, title=EVIL)
    held = {
        "items": {1: item, 2: other},
        "stories": {1: StoryDetail(1, (item, other), ((EVIL, popular.entries[0].ranked),))},
        "sources": {1: SourceDetail(make.status(1, make.ok(), name=EVIL), (item,))},
    }
    base = serve(site_of(make.ctx(title=EVIL, description=EVIL), (latest, popular), **held))
    page, noted = open_page(base)
    page.on("dialog", lambda dialog: noted.append(dialog.message))
    query = urlencode({"q": EVIL, "category": EVIL, "since": EVIL, "source": EVIL})
    for path in (*PAGES, f"/search?{query}", f"/category/{quote(EVIL, safe='')}"):
        if path in ("/finns-inte", "/category/inrikes", "/senaste/archive/0"):
            continue
        page.goto(base + path)
        assert noted == [], path
        scripts = page.evaluate("[...document.scripts].map(one => one.getAttribute('src'))")
        assert all(re.fullmatch(r"/static/hub\.\w+\.js", one) for one in scripts), scripts
        assert page.locator("a[href^='javascript:'], a[href^='data:'], iframe").count() == 0


def test_a_feed_opened_in_a_browser_is_shown_and_runs_nothing(site, serve, open_page):
    base = serve(site)
    page, noted = open_page(base)
    page.goto(f"{base}/popular.rss")
    assert "Hamnen byggs ut" in page.content()
    assert noted == []


def test_on_paper_times_are_told_in_full(make, site, serve, open_page):
    base = serve(site)
    page, _ = open_page(base)
    page.clock.set_fixed_time(make.now)
    page.goto(base)
    first = page.locator("main time").first
    assert first.text_content() == "för 10 minuter sedan"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert first.text_content() == "24 nov. 09:05"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert first.text_content() == "för 10 minuter sedan"


def test_on_paper_a_list_is_whole_however_narrow(make, site_of, serve, open_page):
    places = [make.placed(make.item(n), n) for n in range(1, 13)]
    popular = make.listing(make.placed(make.item(20), 1), popular=True)
    base = serve(site_of(make.ctx(), (make.listing(*places), popular)))
    page, _ = open_page(base, width=700)
    page.goto(base)
    assert page.locator(".latest .place:visible").count() == 8
    page.emulate_media(media="print")
    assert page.locator(".latest .place:visible").count() == 12


def test_a_picture_that_cannot_be_had_leaves_no_hole(new_site, serve, open_page):
    base = serve(new_site(images="proxy"))  # and nobody to fetch them
    page, _ = open_page(base)
    page.goto(f"{base}/popular", wait_until="networkidle")
    assert page.locator(".picture").count() > 0
    assert page.locator(".picture:visible").count() == 0


@pytest.mark.parametrize("width", [375, 1280])
def test_great_numbers_and_long_words_stay_in_their_columns(make, site_of, serve, open_page, width):
    word = "Konsumentombudsmannaämbetesutredningskommissionsordförandeskap"
    values = (782, 1243, 12_345, 123_456, 4_938_268, 9**11)
    places = [
        make.placed(
            make.item(n, title=word * 2, source_name=word, section=word, summary=word * 4),
            n,
            number=Number(value, "comments"),
        )
        for n, value in enumerate(values, 1)
    ]
    latest = make.listing(*places)
    base = serve(site_of(make.ctx(), (latest, make.listing(*places, popular=True))))
    page, _ = open_page(base, width=width)
    for path in ("/", "/popular", "/embed"):
        page.goto(base + path)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        over = """() => [...document.querySelectorAll('.count b')].filter(number => {
            const range = document.createRange();
            range.selectNodeContents(number);
            return range.getBoundingClientRect().right >
                number.closest('.count').getBoundingClientRect().right + 1;
        }).map(number => number.textContent)"""
        assert page.evaluate(over) == [], path
