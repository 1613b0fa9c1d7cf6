"""What a study can't say, read off its report: no reader should have to find out by himself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from synthlift.core.results import Report
from synthlift.core.text import several
from synthlift.report.answers import ONLY_HERE, visible_size
from synthlift.report.facts import classifiers_of, primary_metric
from synthlift.report.words import BASELINE, SMALL_LIFT, plain
from synthlift.report.worth import is_known

MIN_REPEATS = 3


@dataclass(frozen=True)
class Limit:
    """A limit in a few words, and what it means."""

    title: str
    text: str


def find_limits(report: Report) -> list[Limit]:
    """Those of the data first, then of the design, of the arms, of what was looked at."""
    return [*_of_data(report), *_of_design(report), *_of_arms(report), *_of_samples(report)]


def _of_data(report: Report) -> Iterator[Limit]:
    yield Limit(
        "One dataset",
        f"All of this is about {plain(report.dataset)} with {report.n_train:,} training rows. With "
        "other data, or another number of rows, the answer may be another one: "
        "experiment=learning_curve asks it at several sizes.",
    )
    if report.n_valid:
        yield Limit(
            "Validation rows have labels too",
            f"The study used {report.n_train + report.n_valid:,} labels beside those of the test "
            f"rows: {report.n_train:,} to train on and {report.n_valid:,} to choose by. Whoever "
            f"has {report.n_train:,} in all must give some of them away for choosing.",
        )


def _of_design(report: Report) -> Iterator[Limit]:
    if not classifiers_of(report):
        return
    if report.regime == "fixed_test":
        yield Limit(
            f"The same {report.n_test:,} test rows in every repeat",
            "The intervals count that other test rows would give other scores, but not that rows "
            "of another place or time may be of another kind.",
        )
    else:
        yield Limit(
            f"Few data: {report.n_test:,} test rows, drawn anew in every repeat",
            "A test row of one repeat trains in another, so repeats are less independent than they "
            "look. The intervals are widened for that, and more repeats hardly make them shorter.",
        )
    if report.n_repeats < MIN_REPEATS:
        text = "This is too few for any interval: a difference may be chance, whatever its size."
    else:
        text = (
            f"What goes wrong less often than once in {report.n_repeats} trainings, such as a "
            "generator that collapses, may not have happened here."
        )
    n = f"{report.n_repeats:,} {'repeat' if report.n_repeats == 1 else 'repeats'}"
    yield Limit(n.capitalize(), text)
    wide = [x for x in report.primary if x.visible is not None and x.visible > SMALL_LIFT]
    if wide:
        sizes = [
            f"{plain(x.arm)} over {plain(x.baseline)} {visible_size(x)} ({plain(x.classifier)})"
            for x in wide
        ]
        yield Limit(
            "Small lifts go unseen",
            f"True lifts smaller than these are likely missed: {several(sizes)}. Undecided does "
            "not mean that there is no difference.",
        )
    if any(ONLY_HERE in x.sentence for x in report.primary):
        yield Limit(
            "On this training set",
            "Repeats share most of their training rows, so the verdict holds for these rows and "
            "says little about other rows of the same kind.",
        )


def _of_arms(report: Report) -> Iterator[Limit]:
    if not classifiers_of(report):
        return
    arms = [arm for arms in report.by_classifier.values() for arm in arms.values()]
    metric = primary_metric(report)
    others = [x for x in report.lifts if x.metric == metric and not x.primary and x.low is not None]
    if len(others) > 1:
        yield Limit(
            f"{len(others)} comparisons without a verdict",
            "Their intervals are 95 % each and not adjusted for their number: about one in 20 "
            "leaves 0 out by chance alone.",
        )
    if report.failed:
        names = list(
            dict.fromkeys(f"{plain(x.arm)} with {plain(x.classifier)}" for x in report.failed)
        )
        yield Limit(
            "Arms that failed",
            f"Nothing is known of {several(names)}: the repeats in which an arm ran would flatter "
            "it, so it has no scores at all.",
        )
    yield _of_tuning(report)
    if any(is_known(x) for x in report.worths):
        yield Limit(
            "Worth is read off a fitted curve",
            "It assumes that the score of real rows alone rises smoothly with their number n, as "
            "a - b n^-c; far beyond the sizes that were measured nothing is claimed.",
        )
    elif not report.curves and not any(arm.kind == "ceiling" for arm in arms):
        yield Limit(
            "What more labels would bring",
            "No arm trained on more real rows than the others, so there is nothing to weigh the "
            "synthetic samples against; a reserve of rows would allow it.",
        )


def _of_tuning(report: Report) -> Limit:
    names = {name for x in report.tunings for chosen in x.chosen for name in chosen}
    if not names:
        return Limit(
            "Nothing was tuned",
            "Weight, ratio and all other settings stand as given, for every arm alike. Better "
            "ones may exist, for synthetic samples and for real rows alone.",
        )
    return Limit(
        f"Tuned: {several(sorted(map(plain, names)), 6)}; nothing else",
        "All other settings, those of generator and classifier among them, stand as given, for "
        "every arm alike.",
    )


def _of_samples(report: Report) -> Iterator[Limit]:
    if not classifiers_of(report):
        yield Limit(
            "Whether the samples help",
            "No classifier was trained on them: what they look like does not tell. "
            f"arm=[{BASELINE},real_synthetic] asks.",
        )
    yield Limit(
        "Privacy",
        "The share of copies finds a generator that repeats its training rows. A low share is no "
        "proof that the samples give nothing away about a person.",
    )
