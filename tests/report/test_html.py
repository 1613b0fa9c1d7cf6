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
            notes=make.HOSTILE,
            dataset=make.HOSTILE[0],
        ),
        "no intervals": make.make_report(n_repeats=2),
        "generation only": make.make_report(arms={}),
        "no fidelity": replace(make.make_report(), fidelity={}, fidelity_by_repeat=()),
        "bare": replace(make.make_report(), per_class=(), provenance={}, lifts=()),
        **findings(make),
    }


def findings(make):
    several = make.make_report(classifiers=("cnn", "mlp"))
    hostile = make.with_findings(
        make.make_report(
            arms={**make.ARMS, **dict.fromkeys(make.HOSTILE, ("synthetic", 0.01))},
            classifiers=(make.HOSTILE[0], make.HOSTILE[5]),
        )
    )
    gone = make.FailedArm("real", "cnn", 6, 6, make.HOSTILE[5])
    return {
        "findings": make.with_findings(several),
        "findings without numbers": make.without_numbers(make.make_report(n_repeats=2)),
        "hostile findings": replace(
            hostile,
            policies=tuple(replace(x, advice=make.HOSTILE[5]) for x in hostile.policies),
            worths=tuple(replace(x, sentence=make.HOSTILE[0]) for x in hostile.worths),
            curves=tuple(replace(x, reason=make.HOSTILE[2]) for x in hostile.curves),
        ),
        "every arm failed": replace(make.make_report(arms={}), failed=(gone,)),
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
    "findings",
    "findings without numbers",
    "hostile findings",
    "every arm failed",
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
        assert value.startswith(("#", "data:image/png;base64,", "data:image/webp;base64,"))


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
        place = page.index(f"{lift.arm} against {lift.baseline}: {lift.n} repeats")
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
    assert n_images == 10 * 2 + 4 + 2 * 10 * 2  # strips of classes, grids, pairs of two repeats
    assert n_images == sum(
        tag == "img" and name == "alt" and value != "" for tag, name, value in page.attributes
    )
    assert all(n == 1 for n in Counter(page.values("id")).values())
    assert text == render_html(make.make_report(), exhibits)


def test_table_study_has_curves_but_no_pictures(make, tmp_path):
    exhibit = make.as_table(make.make_exhibit(tmp_path))
    page = Page(render_html(replace(make.make_report(), modality="table"), [exhibit]))
    assert "img" not in page.tags
    assert "Losses" in page.text


@pytest.fixture(scope="module")
def tables(make, tmp_path_factory):
    folder, report = (
        tmp_path_factory.mktemp("tables"),
        replace(make.make_report(3), modality="table"),
    )
    long = tuple(f"{i} {text}" * 20 for i in range(25) for text in make.HOSTILE[:-1])
    shown = {
        "table": make.make_table_exhibit(),
        "rings": make.make_rings(folder),
        "hostile": make.make_table_exhibit(long, 40),
        "images": make.with_distribution(make.make_exhibit(folder / "grids")),
    }
    return {name: render_html(report, [exhibit]) for name, exhibit in shown.items()}


@pytest.mark.parametrize("name", ["table", "rings", "hostile", "images"])
def test_distributions_are_well_formed_inert_and_named(tables, name):
    page = Page(tables[name])
    assert not {"script", "iframe", "object", "link", "form", "b"} & set(page.tags)
    assert re.findall(r"\b(?:nan|None|inf|Undefined|NaT)\b", page.text) == []
    assert [x for x, n in Counter(page.values("id")).items() if n > 1] == []
    named = sum(tag == "svg" and name == "aria-label" for tag, name, _ in page.attributes)
    hidden = sum(tag == "svg" and name == "focusable" for tag, name, _ in page.attributes)
    assert page.tags.count("svg") - page.values("class").count("spot") == named + hidden
    assert page.tags.count("caption") == page.tags.count("table")


def test_a_table_shows_columns_pairs_and_nearest_rows(tables):
    text = Page(tables["table"]).text
    for title in (
        "How the columns compare",
        "Do columns hang together",
        "Closest to a training row",
    ):
        assert title in text
    assert "middle <b>" in text


def test_rings_are_drawn_early_middle_and_late(tables):
    text = Page(tables["rings"]).text
    assert re.search("Step 100 .* Step 1,000 .* Step 2,000", text)


def test_images_show_their_pixels_and_the_mean_of_each_class(tables):
    page = Page(tables["images"])
    assert "Pixels" in page.text
    assert "mean synthetic image of each of 10 classes" in page.values("alt")


def test_more_columns_than_a_page_holds_are_left_out_and_the_page_says_so(tables):
    text = Page(tables["hostile"]).text
    assert "Shown are the 100 least alike of 125 columns" in text
    assert "Shown are the first 16 of 125 columns" in text
    assert len(tables["hostile"]) < 1_500_000


def test_the_same_table_gives_the_same_page(make, tables):
    report = replace(make.make_report(3), modality="table")
    assert render_html(report, [make.make_table_exhibit()]) == tables["table"]


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


def test_every_svg_is_named_or_hidden_and_every_table_has_a_caption_and_scopes(make, tmp_path):
    exhibit = replace(make.make_exhibit(tmp_path), network=make.make_network())
    page = Page(render_html(make.make_report(), [exhibit]))
    svgs = page.tags.count("svg") - page.values("class").count("spot")
    named = sum(tag == "svg" and name == "aria-label" for tag, name, _ in page.attributes)
    hidden = sum(tag == "svg" and name == "focusable" for tag, name, _ in page.attributes)
    assert named == 3 + 2  # charts, networks
    assert svgs == named + hidden
    assert page.tags.count("caption") == page.tags.count("table")
    assert page.values("scope").count("col") + page.values("scope").count("row") == page.tags.count(
        "th"
    )


def test_every_classifier_has_its_part_and_the_overview_names_them_all(make):
    text = Page(render_html(make.make_report(classifiers=("cnn", "mlp")), [])).text
    assert "The same questions under every classifier" in text
    assert "With cnn" in text
    assert "With mlp" in text
    assert "with mlp: helps" in text
    assert "With cnn, which the study names first" in text


def test_of_many_classes_the_most_harmed_are_open_and_the_rest_is_folded(make):
    report = make.make_report(100)
    text = render_html(report, [])
    changes = [x for x in report.per_class if x.arm == "real_synthetic"]
    worst = min(changes, key=lambda x: x.lift).name
    best = max(changes, key=lambda x: x.lift).name
    fold = text.index('<details class="long">')
    section = text.index('id="classes"')
    assert section < text.index(f'<th scope="row">{worst}<') < fold
    assert fold < text.index(f'<th scope="row">{best}<', section)
    assert "The other 92 classes with real_synthetic" in Page(text).text


def test_pictures_of_many_classes_are_capped_and_the_page_says_so(make, tmp_path):
    exhibit = make.make_noise(100, side=64)
    exhibits = [replace(exhibit, repeat=repeat) for repeat in range(15)]
    report = make.make_report(classes=exhibit.train.schema.classes, n_repeats=15)
    text = render_html(report, exhibits)
    words = Page(text).text
    assert "Shown are 24 of 100 classes, the most harmed first" in words
    assert "Shown are 6 of 15 repeats" in words
    assert len(text) < 2_200_000  # noise is the worst case: nothing can be compressed


def test_a_generation_only_study_has_no_section_on_lifts(make, tmp_path):
    page = Page(render_html(make.make_report(arms={}), [make.make_exhibit(tmp_path)]))
    ids = page.values("id")
    assert {"lifts", "classes", "method"}.isdisjoint(ids)
    assert {"pictures", "fidelity", "training", "provenance"} <= set(ids)


def test_an_artifact_without_a_network_file_has_no_diagram(make, tmp_path):
    without = Page(render_html(make.make_report(), [make.make_exhibit(tmp_path)]))
    assert "network" not in without.values("id")
    exhibit = replace(make.make_exhibit(tmp_path), network=make.make_network())
    page = Page(render_html(make.make_report(), [exhibit]))
    assert "network" in page.values("id")
    assert "Every layer as text" in page.text


def test_notes_are_told_apart_from_warnings(make):
    page = render_html(make.make_report(notes=("three images turned",)), [])
    assert "before you rely on it" not in page
    assert "Good to know: 1 note" in page
    assert "three images turned" in page


def test_many_warnings_are_folded_but_none_is_lost(make):
    warnings = tuple(f"caution {i}" for i in range(9))
    text = Page(render_html(make.make_report(warnings=warnings), [])).text
    assert all(warning in text for warning in warnings)
    assert "5 more" in text


def test_measures_of_likeness_are_percent_with_a_meaning(make):
    names = ("column_similarity", "pair_similarity", "two_sample", "closest_record")
    report = replace(make.make_report(), fidelity=dict.fromkeys(names, 0.5))
    text = Page(render_html(report, [])).text
    for title in ("Column similarity", "Pair similarity", "Told apart", "Closer to training rows"):
        assert f"{title} 50.0 %" in text
    assert "50 % is guessing" in text


def test_a_measure_says_how_far_its_repeats_lie_apart(make):
    found = replace(
        make.make_report(),
        fidelity={"copies": 0.02},
        fidelity_by_repeat=({"copies": 0.01}, {"copies": None}, {"copies": 0.03}),
    )
    text = Page(render_html(found, [])).text
    assert "2.0 % 1.0 % to 3.0 % in 2 repeats" in text


def test_terms_link_to_their_meaning_and_tell_it_on_hover(pages):
    page = Page(pages["findings"])
    links = [value for value in page.values("href") if value.startswith("#word-")]
    assert {"#word-interval", "#word-worth", "#word-holm", "#word-confidence"} <= set(links)
    assert set(links) <= {f"#{value}" for value in page.values("id")}
    assert page.values("class").count("term") == len(links) == len(page.values("title"))


def test_every_section_on_numbers_names_the_regime(pages):
    sections = pages["findings"].split("<section ")
    for name in ("lifts", "curve", "classes", "calibration"):
        [section] = [x for x in sections if x.startswith(f'id="{name}"')]
        assert "fixed test set" in section
