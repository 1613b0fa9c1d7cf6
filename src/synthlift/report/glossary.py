"""What the words of the page mean, for readers without statistics, and how intervals were made."""

from __future__ import annotations

from synthlift.core.results import Report
from synthlift.report.words import plain

GLOSSARY = {
    "arm": "One way to build the training set of a classifier: real rows alone, real and "
    "synthetic rows, classical augmentation, and so on.",
    "baseline": "The arm that another one is compared with.",
    "lift": "Score of an arm minus score of its baseline, on the same test rows.",
    "pt": "Percentage point: from 92 % to 94 % is a lift of 2 pt.",
    "repeat": "One draw of training and validation rows, one generator trained on them, and all "
    "arms.",
    "validation rows": "Labelled rows that nothing is trained on but settings are chosen by. They "
    "are not the test rows, which nothing is chosen by.",
    "interval": "Where the true value may well lie, given how much the repeats and the test rows "
    "vary. A 95 % interval made in this way misses the true value in 5 of 100 studies.",
    "primary question": "A comparison fixed before the study. Several of them share 5 % of error, "
    "so their intervals are wider than 95 %.",
    "verdict": "Read off the interval of a primary question. Helps or hurts: all of it lies on one "
    "side of 0. No difference: all of it lies within ±1 pt. Undecided: none of these.",
    "smallest visible lift": "The true lift that a study of this design would find 4 times in 5. "
    "Of a smaller one it most likely says nothing, so undecided does not mean no difference.",
    "what to do": "The arm with the best score on validation rows. The lift to expect of such a "
    "choice is measured on test rows, each repeat with the arm that the others would choose.",
    "learning curve": "The score of real rows alone for training sets of several sizes: what more "
    "labels bring.",
    "worth": "How many more real rows would have scored as high as the arm does, read off the "
    "learning curve. Below 0: the arm scores as fewer real rows do.",
    "gap closed": "How much of the way from real rows alone to a ceiling an arm goes: 0 % is no "
    "gain, 100 % as good as that many more real labels.",
    "control": "An arm that differs from its baseline in something other than synthetic samples, "
    "such as as many copies of real rows (placebo): what it gains is not owed to the generator.",
    "ceiling": "An arm with more real labels: what labelling more rows would have brought.",
    "confidence": "The probability that a classifier gives to the class it names.",
    "calibration error": "How far confidence and accuracy are apart on average: 0 % where rows "
    "of which the classifier is 80 % sure are right 80 % of the time.",
    "log-loss": "The price of a wrong or timid probability, in nats; sure and wrong costs most. "
    "Always saying 1/K among K classes costs ln K.",
    "tuned": "Chosen among a few settings by the score on validation rows, anew in each repeat.",
    "recall": "Share of the test rows of a class that are recognised as that class.",
    "p": "How often chance alone would give a difference at least as large.",
    "Holm": "A correction of p for looking at many classes at once: without it, one class in 20 "
    "stands out by chance alone.",
    "generator, critic": "The two networks of a GAN: one draws samples, the other one tells them "
    "from real ones, and both learn from it.",
    "fidelity": "How much synthetic samples are like real ones; no proof that they help.",
}
METHODS = {
    "fixed_test": (
        "One test set serves the whole study; every repeat drew new training and validation rows "
        "from the rest and trained everything anew. The interval counts three sources of chance: "
        "which rows were trained on, which were tested on, and how much the training rows of "
        "different repeats overlap (repeats and test rows as crossed random factors, t quantiles)."
    ),
    "small_pool": (
        "The data are few, so every repeat divided all rows anew into training, validation and "
        "test, and trained everything anew. Repeats therefore share rows and are not independent; "
        "the interval is widened for that (Nadeau and Bengio's corrected variance, t quantiles)."
    ),
}


def method_words(report: Report) -> str:
    """How the intervals were made, in a paragraph."""
    return METHODS.get(report.regime) or f"Regime: {plain(report.regime)}."
