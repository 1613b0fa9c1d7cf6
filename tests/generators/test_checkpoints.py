"""A checkpoint is whole or it is not used: no flipped bit goes unnoticed."""

from __future__ import annotations

import os
import random

import pytest
import torch

from synthlift.generators.checkpoints import VerifiedCheckpointIO, usable

STATE = {"weights": torch.arange(40.0), "step": 7}


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "last.ckpt"
    VerifiedCheckpointIO().save_checkpoint(STATE, path)
    return path


def test_it_is_read_back_as_it_was_written(saved):
    assert usable(saved)
    loaded = VerifiedCheckpointIO().load_checkpoint(saved)
    assert torch.equal(loaded["weights"], STATE["weights"])
    assert loaded["step"] == 7


def test_no_flipped_bit_goes_unnoticed(saved):
    whole, rng = saved.read_bytes(), random.Random(0)
    for _ in range(100):
        damaged = bytearray(whole)
        damaged[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        saved.write_bytes(damaged)
        with pytest.raises(ValueError, match="is damaged"):
            VerifiedCheckpointIO().load_checkpoint(saved)


def test_a_damaged_one_is_unusable_and_gone(saved):
    saved.write_bytes(saved.read_bytes()[:-1])
    assert not usable(saved)
    assert not saved.exists()
    assert not usable(saved)


def test_a_save_that_is_interrupted_leaves_the_one_before(saved, monkeypatch):
    def die(*_):
        raise OSError(28, "No space left on device")

    before = saved.read_bytes()
    monkeypatch.setattr(os, "fsync", die)
    with pytest.raises(OSError, match="No space"):
        VerifiedCheckpointIO().save_checkpoint({"step": 8}, saved)
    assert saved.read_bytes() == before
    assert usable(saved)


def test_a_pickle_with_code_in_it_is_not_loaded(saved, tmp_path):
    torch.save({"x": Payload(tmp_path / "made")}, tmp_path / "evil.pt")
    import hashlib

    payload = (tmp_path / "evil.pt").read_bytes()
    saved.write_bytes(hashlib.sha256(payload).hexdigest().encode() + payload)
    with pytest.raises(Exception, match=r"weights_only|WeightsUnpickler"):
        VerifiedCheckpointIO().load_checkpoint(saved)
    assert not (tmp_path / "made").exists()


class Payload:
    """What would make a file if a loader ran it."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_it_is_removed_when_asked(saved):
    VerifiedCheckpointIO().remove_checkpoint(saved)
    VerifiedCheckpointIO().remove_checkpoint(saved)
    assert not saved.exists()
