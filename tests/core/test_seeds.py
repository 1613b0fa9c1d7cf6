"""derive: the same everywhere, and no two consumers share a stream."""

import pytest

from synthlift.core.seeds import derive


def test_named_children_differ_over_many_paths() -> None:
    paths = [(name, i, j) for name in ("split", "gan") for i in range(100) for j in range(50)]
    assert len({derive(0, *path) for path in paths}) == len(paths) == 10_000


def test_a_seed_is_the_first_eight_bytes_of_sha256_less_one_bit() -> None:
    # printf '[0, "repeat", 3]' | sha256sum | cut -c 1-16
    assert derive(0, "repeat", 3) == 0xD88D93B156487CDE >> 1


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((0,), (1,)),
        ((0, "1"), (0, 1)),
        ((0, "a", "b"), (0, "b", "a")),
        ((0, "ab"), (0, "a", "b")),
        ((0, "a,b"), (0, "a", "b")),
        ((1, 2), (12,)),
        ((0, "repeat"), (0, "repeat", 0)),
    ],
)
def test_neighbouring_paths_do_not_collide(a: tuple[int, str], b: tuple[int, str]) -> None:
    assert derive(*a) != derive(*b)


def test_seeds_fit_into_a_signed_64_bit_integer_and_use_all_of_it() -> None:
    seeds = [derive(0, i) for i in range(1000)]
    assert min(seeds) >= 0
    assert 2**62 < max(seeds) < 2**63
