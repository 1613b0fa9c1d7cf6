"""The page: parses, is self-contained and inert, says the verdict first."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from synthlift.report.html import render_html

VOID = {"meta", "img", "wbr", "link", "br", "hr", "input"}


class Page(HTMLParser):
    """Tags, attributes and text; fails on a tag that closes another one."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []
        self.text = re.sub(r"\s+", " ", " ".join(self.words))

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    def values(self, name):
        return [value for _, attribute, value in self.attributes if attribute == name]


def studies(make):
    arms = {f"arm_{i}_{text}": ("control", i / 100) for i, text in enumerate(make.HOSTILE)}
    twenty = {**make.ARMS, **{f"extra_{i}": ("control", i / 500) for i in range(11)}}
    return {
        "usual": make.make_report(),
        "two classes, one arm": make.make_report(2, {"real": ("real", 0.0)}),
        "hundred classes, twenty arms": make.make_report(100, twenty),
        "hostile": make.make_report(
            classes=make.HOSTILE,
            arms={**make.ARMS, **arms},
            classifiers=("cnn", *make.HOSTILE),
            warnings=make.HOSTILE,
            dataset=make.HOSTILE[0],
        ),
        "no intervals": make.make_report(n_repeats=2),
        "generation only": make.make_report(arms={}),
        "no fidelity": replace(make.make_report(), fidelity={}, fidelity_by_repeat=()),
        "bare": replace(make.make_report(), per_class=(), provenance={}, lifts=()),
    }


NAMES = (
    "usual",
    "two classes, one arm",
    "hundred classes, twenty arms",
    "hostile",
    "no intervals",
    "generation only",
    "no fidelity",
    "bare",
)


@pytest.fixture(scope="module")
def pages(make):
    return {name: render_html(report, []) for name, report in studies(make).items()}


@pytest.mark.parametrize("name", NAMES)
def test_page_is_well_formed_and_inert(pages, name):
    page = Page(pages[name])
    assert "<script" not in pages[name].lower()
    assert not {"script", "iframe", "object", "link", "form", "b"} & set(page.tags)
    assert not [x for _, x, _ in page.attributes if x.startswith("on")]
    for value in page.values("src") + page.values("href") + page.values("xlink:href"):
        assert value.startswith(("#", "data:image/png;base64,"))


@pytest.mark.parametrize("name", NAMES)
def test_ids_are_unique_and_references_resolve(pages, name):
    page = Page(pages[name])
    ids = Counter(page.values("id"))
    assert [x for x, n in ids.items() if n > 1] == []
    wanted = page.values("href") + page.values("xlink:href") + page.values("aria-labelledby")
    wanted += re.findall(r"url\((#[^)]*)\)", pages[name])
    assert {x.removeprefix("#") for x in wanted if not x.startswith("data:")} <= set(ids)


@pytest.mark.parametrize("name", NAMES)
def test_page_never_shows_a_missing_number(pages, name):
    assert re.findall(r"\b(?:nan|None|inf|Undefined)\b", Page(pages[name]).text) == []


def test_verdict_comes_before_the_first_table_and_plot(make, pages):
    page = pages["usual"]
    for lift in make.make_report().primary:
        place = page.index(lift.sentence)
        assert place < page.index("<table")
        assert place < page.index("<svg")


def test_generation_only_study_says_so(pages):
    assert "generation-only study" in Page(pages["generation only"]).text


def test_hostile_names_are_shown_as_they_are(make, pages):
    text = Page(pages["hostile"]).text
    assert "<script>alert(1)</script>" in text
    assert "$\\frac$" in text
    assert "two\\nlines\\r\\x00\\u202e" in text


def test_pictures_are_inside_the_page_with_alternative_texts(make, tmp_path):
    exhibits = [make.make_exhibit(tmp_path, repeat) for repeat in (0, 1)]
    text = render_html(make.make_report(), exhibits)
    page = Page(text)
    n_images = page.tags.count("img")
    assert n_images == 10 * 2 + 3 + 2 * 10 * 2  # strips of classes, grids, pairs of two repeats
    assert sum(
        tag == "img" and name == "alt" and value != "" for tag, name, value in page.attributes
    )
    assert page.tags.count("svg") == 1 + 2
    assert all(n == 1 for n in Counter(page.values("id")).values())
    assert text == render_html(make.make_report(), exhibits)


def test_table_study_has_curves_but_no_pictures(make, tmp_path):
    exhibit = make.as_table(make.make_exhibit(tmp_path))
    page = Page(render_html(replace(make.make_report(), modality="table"), [exhibit]))
    assert "img" not in page.tags
    assert page.tags.count("svg") == 2


@pytest.mark.parametrize("curve", [[], [{"step": 1.0}], [{"step": 1.0, "critic_loss": np.nan}]])
def test_short_or_broken_curves_do_not_break_the_page(make, tmp_path, curve):
    exhibit = replace(make.make_exhibit(tmp_path), curve=curve, grids=())
    page = Page(render_html(make.make_report(), [exhibit]))
    assert not re.search(r"\bnan\b", page.text)


def test_exhibit_without_synthetic_samples_is_possible(make, tmp_path):
    exhibit = make.make_exhibit(tmp_path)
    none = np.empty(0, np.int64)
    empty = exhibit.synthetic.take(none)
    Page(
        render_html(
            make.make_report(),
            [replace(exhibit, synthetic=empty, nearest=none, distance=np.empty(0))],
        )
    )
