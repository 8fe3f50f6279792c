"""Experiments on recordings of events: from small files of the real formats to a trained network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_genn.errors import DataError, UsageError
from ml_genn.experiments import Training, find_experiment
from ml_genn.experiments.recurrent import RecurrentExperiment
from tests.data.test_event_files import write_shd

QUICK = {
    "num_hidden": 24,
    "dt_ms": 4.0,
    "trial_ms": 160.0,
    "delay_copies": 2,
    "n_batch": 8,
    "reg_nu": 6.0,
    "input_hidden_mean": 0.3,
    "input_hidden_std": 1.5,
    "eta": 1e-2,
    "min_slope": 0.02,
    "eta_decay": 1.0,
    "ease_in": 1.5,
}


def run(name: str, given: dict[str, Any], folder: Path) -> Any:
    training = Training(find_experiment(name), {**QUICK, **given}, num_threads=1)
    result = training.run(folder / "run", command="made by a test")
    assert training.evaluate(folder / "run").correct == result.test.correct
    return result


def test_shd_learns_which_channels_are_active(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)

    def recordings(count: int) -> tuple[list[Any], np.ndarray]:
        labels = np.arange(count) % 2
        channels = [rng.integers(0, 350, 60) + 350 * label for label in labels]
        return [(rng.uniform(0, 0.1, 60), one) for one in channels], labels

    for split, count in (("train", 128), ("test", 48)):
        write_shd(tmp_path / f"shd_{split}.h5", *recordings(count), speaker=np.arange(count) % 4)
    given = {"data": str(tmp_path), "n_epochs": 10}
    assert run("shd", {**given, "shift_channels": 5}, tmp_path).test.accuracy > 0.85  # chance is half
    splits = find_experiment("shd")
    values = Training(splits, {"data": str(tmp_path), "held_out": 2, "max_examples": 50, **QUICK}).values
    loaded = splits.load(values)
    with pytest.raises(UsageError, match="held_out=9 is no speaker of these recordings; there are 0, 1, 2, 3"):
        run("shd", {**given, "held_out": 9}, tmp_path / "other")
    assert (len(loaded.train), len(loaded.test)) == (50, 32)
    assert len(loaded.test.x[0].end_spikes) == 1400 and loaded.train.x[0].spike_times.max() < values.trial_ms


def test_spoken_digits_are_split_officially_or_by_speaker(tmp_path: Path) -> None:
    rate, recordings = 8000, []
    index = np.arange(24) % 12
    label = np.arange(24) // 12
    time = np.arange(800) / rate
    for number in label:
        tone = np.sin(2 * np.pi * (400, 1500)[number] * time)
        recordings.append(
            (tone * 3000 * np.random.default_rng(len(recordings)).uniform(0.8, 1.0, 800)).astype(np.int16)
        )
    path = tmp_path / "sounds.npz"
    np.savez(
        path,
        audio=np.concatenate(recordings),
        offsets=np.arange(25) * 800,
        label=label,
        index=index,
        rate=rate,
        speaker=np.arange(24) % 3,
    )
    experiment = find_experiment("spoken-digits")
    sizes = {}
    for name, given in {"official": {}, "choice": {"validate": True}, "speaker": {"held_out": 1}}.items():
        values = Training(experiment, {"data": str(path), "num_channels": 12, **QUICK, **given}).values
        splits = experiment.load(values)
        sizes[name] = len(splits.train), len(splits.test)
    with pytest.raises(UsageError, match="held_out=3 is no speaker of these recordings; there are 0, 1, 2"):
        run("spoken-digits", {"data": str(path), "held_out": 3}, tmp_path)
    assert sizes == {"official": (14, 10), "choice": (4, 10), "speaker": (16, 8)}
    given = {"data": str(path), "num_channels": 12, "n_epochs": 30}
    assert run("spoken-digits", given, tmp_path).test.accuracy == 1.0


def test_braille_folds_are_disjoint(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    taxels, label = [], np.arange(40) % 2
    for number in label:
        bump = np.exp(-(((np.arange(30) - 12) / 4) ** 2))[:, np.newaxis] * np.linspace(20, 60, 12)
        taxels.append(np.round(100 + (1 - 2 * number) * bump + rng.normal(0, 1, bump.shape)).astype(np.uint8))
    path = tmp_path / "letters.npz"
    np.savez(path, taxel=np.concatenate(taxels), offsets=np.arange(41) * 30, label=label, repetition=np.arange(40) // 2)
    given = {"data": str(path), "n_epochs": 25, "fold": 3, "input_hidden_std": 3.0, "num_hidden": 48}
    result = run("braille", given, tmp_path)
    assert result.test.examples == 8 and result.test.accuracy > 0.8


def test_trials_may_end_with_their_recordings(tmp_path: Path) -> None:
    """No augmentation moves an event beyond the trial of its recording, and those of one length stay the default."""
    rng = np.random.default_rng(2)
    label, lengths = np.arange(48) % 2, rng.uniform(0.02, 0.09, 48)
    events = [
        (np.append(rng.uniform(0, length, 59), length), rng.integers(0, 350, 60) + 350 * number)
        for number, length in zip(label, lengths, strict=True)
    ]
    for split in ("train", "test"):
        write_shd(tmp_path / f"shd_{split}.h5", events, label)
    given = {"data": str(tmp_path), "blend": 0.0, "shift_ms": 10.0, "dilate": 1.2, "delay_ms": 8.0, "delay_copies": 3}
    experiment = find_experiment("shd")
    assert isinstance(experiment, RecurrentExperiment)
    values = Training(experiment, {**QUICK, **given, "variable_length": True}).values
    splits = experiment.load(values)
    ends = 1000.0 * lengths + 2 * 8.0  # [ms], of the last copies
    assert splits.test.timesteps == (np.ceil(ends / 4.0).astype(int) + 1).tolist()
    augment, longest = experiment.augment(values, splits.train), 0.0
    for number, timesteps in enumerate(splits.train.timesteps or ()):
        last = max(augment(epoch, number, splits.train.x[number]).spike_times.max() for epoch in range(20))
        longest = max(longest, last / 4.0 - timesteps)
        assert np.ceil(last / 4.0) < timesteps <= 40
    assert longest > -4  # timesteps: of 48 times 20 draws some come near to what there is room for
    assert experiment.load(Training(experiment, {**QUICK, **given}).values).train.timesteps is None
    result = run("shd", {**given, "variable_length": True, "n_epochs": 60, "shift_channels": 5}, tmp_path)
    assert result.test.accuracy > 0.85  # chance is half


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("spoken-digits", r"there are no recordings at none; name the \.npz file by --set data=FILE"),
        ("braille", r"there are no recordings at none; name the \.npz file by --set data=FILE"),
        ("shd", r"there is nothing at none; name the folder of shd_train\.h5 by --set data=FOLDER"),
    ],
)
def test_data_that_are_not_there(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        run(name, {"data": "none"}, tmp_path)


def test_recordings_are_not_tested_where_they_are_learnt(tmp_path: Path) -> None:
    """A file alone is no test of itself, and speakers are not held out where there are none."""
    path = write_shd(tmp_path / "shd_train.h5", [([0.01], [4]), ([0.02], [5])], [0, 1])
    with pytest.raises(
        DataError, match="would be learnt and tested; name the folder of the training and the test file"
    ):
        run("shd", {"data": str(path)}, tmp_path)
    with pytest.raises(DataError, match=r"shd_train\.h5 does not say who speaks; leave held_out=1 out"):
        run("shd", {"data": str(tmp_path), "held_out": 1}, tmp_path)
    write_shd(path, [([0.01], [4]), ([0.02], [5])], [0, 1], speaker=[0, 1])
    experiment = find_experiment("shd")
    splits = experiment.load(Training(experiment, {"data": str(path), "held_out": 1, **QUICK}).values)
    assert (splits.train.y, splits.test.y) == ([0], [1])


LETTERS: dict[str, Any] = {
    "taxel": np.zeros((4, 12)),
    "offsets": np.array([0, 2, 4]),
    "label": np.arange(2),
    "repetition": np.arange(2),
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"offsets": np.array([0, 4, 2])}, r"letters\.npz: offsets must be whole numbers that grow, where each"),
        ({"offsets": np.array([], int)}, "offsets must be whole numbers that grow"),
        ({"offsets": np.array([0.0, 2.0, 4.0])}, "offsets must be whole numbers that grow"),
        ({"offsets": np.array([0, 2, 5])}, "the last recording ends at 5, but taxel has a length of 4"),
        ({"label": np.arange(3)}, "label has 3 entries, offsets tell of 2 recordings"),
        ({"taxel": np.zeros((4, 24))}, r"recordings must have 12 taxels, got the shape \(2, 24\)"),
        ({"taxel": np.array([object()])}, r"letters\.npz is damaged: .*; copy it again"),
    ],
)
def test_arrays_that_do_not_fit(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "letters.npz", allow_pickle=True, **{**LETTERS, **change})
    with pytest.raises(DataError, match=message):
        run("braille", {"data": str(tmp_path / "letters.npz")}, tmp_path)


def test_damaged_files_and_folds_that_are_not_there(tmp_path: Path) -> None:
    path = tmp_path / "letters.npz"
    np.savez(path, **LETTERS)
    with pytest.raises(UsageError, match="fold=5 does not exist; n_folds=5 folds are numbered from 0"):
        run("braille", {"data": str(path), "fold": 5}, tmp_path)
    with pytest.raises(DataError, match="there are no test examples; these settings leave none"):
        run("braille", {"data": str(path), "fold": 2}, tmp_path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match=r"letters\.npz holds no recordings; name an undamaged \.npz file by"):
        run("braille", {"data": str(path)}, tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_files_that_lack_an_array(tmp_path: Path) -> None:
    path = tmp_path / "letters.npz"
    np.savez(path, taxel=np.zeros((4, 12)), offsets=np.array([0, 2, 4]), label=np.arange(2))
    with pytest.raises(DataError, match=r"letters\.npz lacks repetition; it holds taxel, offsets, label"):
        run("braille", {"data": str(path)}, tmp_path)
