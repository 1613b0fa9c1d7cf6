"""The page in a real browser: it renders, is quiet, asks for nothing, fits a phone, takes keys."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import replace

import pytest

from synthlift.generators.animation import ANIMATION, save_animation
from synthlift.report.html import render_html

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None or importlib.util.find_spec("playwright") is None,
    reason="needs playwright and a chromium on the path",
)
WIDTHS = (390, 1280)


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def files(make, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    exhibit = replace(make.make_exhibit(folder / "grids"), network=make.make_network(60))
    for step, grid in enumerate(exhibit.grids):
        shutil.copy(grid, folder / f"step_{step:07d}.png")
    save_animation(folder)
    exhibit = replace(exhibit, animation=folder / ANIMATION)
    twenty = {**make.ARMS, **{f"an_extra_arm_{i}": ("control", i / 500) for i in range(11)}}
    long = tuple(f"class {i} {'of_a_very_long_name_' * 5}" for i in range(100))
    hostile = {f"{i}{text}": ("control", i / 100) for i, text in enumerate(make.HOSTILE)}
    several = make.make_report(classifiers=("cnn", *make.HOSTILE[:2]))
    pages = {
        "findings": (make.with_findings(several), [exhibit]),
        "no findings": (make.without_numbers(make.make_report(n_repeats=2)), []),
        "usual": (make.make_report(warnings=("look at this",)), [exhibit]),
        "hard": (make.make_report(100, twenty, ("cnn", "mlp", "knn"), classes=long), [exhibit]),
        "small": (make.make_report(2, {k: make.ARMS[k] for k in ("real", "real_synthetic")}), []),
        "generation only": (make.make_report(arms={}), [exhibit]),
        "table": (
            replace(make.make_report(classifiers=("a_forest", "logistic")), modality="table"),
            [
                make.make_table_exhibit(
                    tuple(f"{i}{h}" for i in range(5) for h in make.HOSTILE[:-1])
                )
            ],
        ),
        "rings": (make.make_report(arms={}), [make.make_rings(folder / "rings")]),
        "pixels": (make.make_report(), [make.with_distribution(exhibit)]),
        "hostile": (
            make.make_report(
                classes=make.HOSTILE,
                arms={**make.ARMS, **hostile},
                classifiers=("cnn", *make.HOSTILE),
                warnings=make.HOSTILE,
                dataset="x" * 300,
            ),
            [],
        ),
    }
    found = {}
    for name, (report, exhibits) in pages.items():
        found[name] = folder / f"{name}.html"
        found[name].write_bytes(render_html(report, exhibits).encode("utf-8", "backslashreplace"))
    return found


PAGES = (
    "usual",
    "hard",
    "small",
    "generation only",
    "table",
    "rings",
    "pixels",
    "hostile",
    "findings",
    "no findings",
)


@pytest.fixture
def opened(browser, files):
    """Open a page; what it asked for and complained of is in the lists that come with it."""
    contexts = []

    def open_page(name, width=1280):
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        asked, complaints = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(files[name].as_uri())
        return page, asked, complaints

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_page_renders_quietly_asks_for_nothing_and_fits(opened, name, width):
    page, asked, complaints = opened(name, width)
    assert page.locator("h1").is_visible()
    assert page.locator("#verdict .sentence").first.is_visible()
    assert [url for url in asked if not url.startswith("data:")] == asked[:1]
    assert asked[0].startswith("file:")
    assert complaints == []
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    fits = "[document.documentElement.scrollWidth, document.body.scrollWidth]"
    assert max(page.evaluate(fits)) <= width
    assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0)")


@pytest.mark.parametrize("width", WIDTHS)
def test_verdict_is_on_the_first_screen(opened, width):
    page, _, _ = opened("usual", width)
    box = page.locator("#verdict .sentence").first.bounding_box()
    assert box["y"] + box["height"] <= 900


def test_tab_reaches_the_skip_link_the_contents_and_every_fold(opened):
    page, _, _ = opened("usual")
    seen = []
    for _ in range(120):
        page.keyboard.press("Tab")
        what = "const e = document.activeElement; return [e.tagName, e.textContent.trim()]"
        seen.append(tuple(page.evaluate(f"(() => {{ {what} }})()")))
        if seen[-1][0] == "BODY":
            break
    assert seen[0] == ("A", "Skip to the result")
    assert ("A", "Class by class") in seen
    folds = [text for tag, text in seen if tag == "SUMMARY"]
    visible = page.locator("summary:visible").all_inner_texts()
    assert len(folds) == len(visible)


def test_focus_is_seen_and_enter_opens_a_fold(opened):
    page, _, _ = opened("usual")
    fold = page.locator("details:not([open]):visible").first
    fold.locator("summary").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    handle = fold.element_handle()
    page.keyboard.press("Enter")
    assert handle.evaluate("d => d.open")


def test_names_stay_text(opened):
    page, _, complaints = opened("hostile")
    assert page.locator("script, iframe, form, main b, main a[href^=http]").count() == 0
    assert page.get_by_text("<script>alert(1)</script>").count() > 0
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_contrasts_with_its_ground(opened, scheme):
    page, _, _ = opened("usual")
    page.emulate_media(color_scheme=scheme)
    ratio = """(() => {
      const probe = document.createElement('i'); document.body.append(probe);
      const light = name => {
        probe.style.color = `var(${name})`;
        const [r, g, b] = getComputedStyle(probe).color.match(/[\\d.]+/g).map(c => c / 255)
          .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
      const page = light('--page');
      return ['--ink', '--muted', '--blue', '--orange', '--green'].map(light)
        .map(l => (Math.max(l, page) + 0.05) / (Math.min(l, page) + 0.05)); })()"""
    assert min(page.evaluate(ratio)) >= 4.5  # WCAG 2.2, 1.4.3


def test_print_opens_short_folds_and_names_those_it_leaves_out(opened):
    page, _, _ = opened("hard")
    page.emulate_media(media="print")
    content = "getComputedStyle(d, '::details-content').contentVisibility"
    shown = page.evaluate(
        f"[...document.querySelectorAll('details:not([open]):not(.long)')].map(d => {content})"
    )
    assert shown
    assert set(shown) == {"visible"}
    note = "getComputedStyle(document.querySelector('.long:not([open]) > summary'), '::after')"
    assert "folded" in page.evaluate(f"{note}.content")


@pytest.mark.parametrize("width", WIDTHS)
def test_names_and_ticks_of_the_learning_curve_can_be_read(opened, width):
    page, _, _ = opened("findings", width)
    plot = page.locator("#curve svg[role=img]").first
    plot.scroll_into_view_if_needed()
    for text in plot.locator("text").all():
        box = text.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["height"] >= 11


def test_a_term_tells_its_meaning_on_focus_and_enter_goes_to_the_glossary(opened):
    page, _, _ = opened("findings")
    term = page.locator("a.term").first
    term.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    content = page.evaluate("getComputedStyle(document.activeElement, '::after').content")
    assert "Where the true value may well lie" in content
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.glossary :target').offsetParent !== null")


def test_the_animation_plays_unless_motion_or_a_screen_is_missing_and_can_be_folded(opened):
    page, _, _ = opened("usual")
    film = page.locator(".film")
    assert film.locator("img").is_visible()
    film.locator("summary").click()
    assert not film.locator("img").is_visible()
    page.emulate_media(reduced_motion="reduce")
    assert not film.is_visible()
    page.emulate_media(reduced_motion="no-preference", media="print")
    assert not film.is_visible()
