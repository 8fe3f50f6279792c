"""Files in the form of SHD and SSC as others write them: number types, speakers, links, both sets in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from ml_genn.data import load_events
from ml_genn.data.spikes import neurons_of, preprocess_spikes
from ml_genn.errors import DataError

from .test_event_files import GOOD, write_shd


@pytest.mark.parametrize("kinds", [(np.float16, np.uint16), (np.float32, np.int16), (np.float64, np.int8)])
def test_types_of_numbers(tmp_path: Path, kinds: Any) -> None:
    """Those of the published files are the first ones."""
    examples = [([0.5, 0.25, 0.75], [3, 100, 3]), ([0.125], [0])]
    data = load_events(f"shd:{write_shd(tmp_path / 'a.h5', examples, [0, 1], kinds=kinds)}")
    assert data.x[0].spike_times.tolist() == [500.0, 750.0, 250.0] and neurons_of(data.x[0]).tolist() == [3, 3, 100]
    assert data.x[0].spike_times.dtype == np.float64


def test_more_examples_than_are_read_at_a_time(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    examples = [(generator.random(count), generator.integers(0, 700, count)) for count in generator.integers(0, 5, 600)]
    path = write_shd(tmp_path / "a.h5", examples, np.arange(600) % 7)
    for found, (times, units) in zip(load_events(f"shd:{path}", allow_empty=True).x, examples, strict=True):
        expected = preprocess_spikes(times * 1000.0, units, 700)
        np.testing.assert_array_equal(found.spike_times, expected.spike_times)
        np.testing.assert_array_equal(found.end_spikes, expected.end_spikes)


@pytest.mark.parametrize("names", [["eve", "bob", "eve"], np.array([b"eve", b"bob", b"eve"])])
def test_speakers_with_names_are_numbered(tmp_path: Path, names: Any) -> None:
    path = write_shd(tmp_path / "a.h5", [*GOOD, GOOD[0]], [0, 1, 2])
    with h5py.File(path, "a") as file:
        file["extra/speaker"] = names
    groups = load_events(f"shd:{path}").groups
    assert groups is not None and groups.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        ((np.complex64, np.int64), "spikes/times must hold a list of numbers for each example .*got dtype complex64"),
        ((np.float32, np.bool_), "spikes/units must hold a list of numbers for each example .*got dtype bool"),
        ((np.float32, np.float32), "example 0: neuron ids must be whole numbers from 0 to 699, got dtype float32"),
    ],
)
def test_lists_of_something_else(tmp_path: Path, kinds: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_events(f"shd:{write_shd(tmp_path / 'a.h5', GOOD, [0, 1], kinds=kinds)}")


@pytest.mark.parametrize("values", [["a", "b"], [0.5, 0.25], np.zeros(2, [("a", "f4")])])
def test_what_are_no_lists(tmp_path: Path, values: Any) -> None:
    path = write_shd(tmp_path / "a.h5", GOOD, [0, 1])
    with h5py.File(path, "a") as file:
        del file["spikes/times"]
        file["spikes/times"] = values
    with pytest.raises(
        DataError, match=r"spikes/times must hold a list of numbers for each example \(h5py\.vlen_dtype"
    ):
        load_events(f"shd:{path}")


def test_a_folder_with_both_sets(tmp_path: Path) -> None:
    """Whose train would be of one and valid of the other."""
    write_shd(tmp_path / "shd_train.h5", GOOD, [0, 1])
    write_shd(tmp_path / "ssc_valid.h5", GOOD, [0, 1])
    for split in ("train", "valid", "test"):
        with pytest.raises(DataError, match="holds files of shd and ssc; name one file, or put each set into its own"):
            load_events(f"shd:{tmp_path}", split=split)
    assert len(load_events(f"shd:{tmp_path / 'ssc_valid.h5'}")) == 2


def test_links(tmp_path: Path) -> None:
    """Within the file they are followed, out of it by no detour."""
    path = write_shd(tmp_path / "a.h5", GOOD, [0, 1], speaker=[4, 5])
    write_shd(tmp_path / "b.h5", GOOD, [2, 3], speaker=[6, 7])
    with h5py.File(path, "a") as file:
        file.move("labels", "classes")
        file["labels"] = h5py.SoftLink("/classes")
    assert load_events(f"shd:{path}").y.tolist() == [0, 1]
    with h5py.File(path, "a") as file:
        file["b"] = h5py.ExternalLink("b.h5", "/")
        del file["extra"]
        file["extra"] = h5py.SoftLink("/b/extra")
    with pytest.raises(DataError, match="extra/speaker is a link to another file, which is not followed"):
        load_events(f"shd:{path}")
