"""A part that does not fit, what fits instead, and both out of another process."""

from __future__ import annotations

import pickle
from dataclasses import dataclass

from synthlift.core.schema import ImageSchema
from synthlift.fits import MisfitError, with_remedy

SCHEMA = ImageSchema(1, 8, 8, ("a", "b"))


@dataclass(frozen=True)
class Picky:
    why: str | None

    def check(self, schema):
        assert schema == SCHEMA
        return self.why


def test_it_names_those_that_fit_and_no_others():
    misfit = MisfitError("the generator does not fit", "generator", SCHEMA)
    recipes = {"generator=a": Picky("no"), "generator=b": Picky(None), "generator=c": object()}
    assert with_remedy(misfit, recipes) == "the generator does not fit; what fits: generator=b"
    assert "no generator that there is fits it" in with_remedy(misfit, {"generator=a": Picky("no")})


def test_it_comes_whole_out_of_a_worker_process():
    misfit = pickle.loads(pickle.dumps(MisfitError("does not fit", "classifier", SCHEMA)))
    assert (str(misfit), misfit.group, misfit.schema) == ("does not fit", "classifier", SCHEMA)
