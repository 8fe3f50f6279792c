"""Recordings of events from files of every format, good and bad."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from ml_genn.data import load_events
from ml_genn.data.aer import read_aer
from ml_genn.data.spikes import neurons_of
from ml_genn.errors import DataError

SHARED = os.environ.get("ML_GENN_DATA")
needs_data = pytest.mark.skipif(SHARED is None, reason="ML_GENN_DATA names no folder with events_small")


def write_shd(
    path: Path,
    examples: list[tuple[Any, Any]],
    labels: Any,
    speaker: Any = None,
    leave_out: str = "",
    kinds: tuple[Any, Any] = (np.float64, np.int64),
) -> Path:
    """A file of the form of SHD: times in seconds and units of each example."""
    with h5py.File(path, "w") as file:
        for number, (name, kind) in enumerate(zip(("times", "units"), kinds, strict=True)):
            lists = file.create_dataset(f"spikes/{name}", (len(examples),), dtype=h5py.vlen_dtype(kind))
            for index, example in enumerate(examples):
                lists[index] = np.asarray(example[number], kind)
        file["labels"] = np.asarray(labels)
        if speaker is not None:
            file["extra/speaker"] = np.asarray(speaker)
        if leave_out:
            del file[leave_out]
    return path


GOOD = [([0.5, 0.001, 0.3], [4, 699, 4]), ([0.01], [0])]


def test_shd_times_are_seconds_and_are_sorted(tmp_path: Path) -> None:
    data = load_events(f"shd:{write_shd(tmp_path / 'mine.h5', GOOD, [3, 1], [7, 2])}")
    assert (len(data), data.num_channels, data.name, data.split) == (2, 700, "mine", "all")
    assert data.y.tolist() == [3, 1] and data.groups is not None and data.groups.tolist() == [7, 2]
    np.testing.assert_allclose(data.x[0].spike_times, [300.0, 500.0, 1.0])
    assert neurons_of(data.x[0]).tolist() == [4, 4, 699]


def test_shd_folders_have_splits(tmp_path: Path) -> None:
    write_shd(tmp_path / "shd_train.h5", GOOD, [3, 1])
    train = load_events(f"shd:{tmp_path}", split="train")
    assert (len(train), train.split, train.groups) == (2, "train", None)
    with pytest.raises(DataError, match=r"holds neither shd_test\.h5 nor ssc_test\.h5; unpack the published files"):
        load_events(f"shd:{tmp_path}")
    (tmp_path / "shd_train.h5").rename(tmp_path / "ssc_valid.h5")
    assert load_events(f"shd:{tmp_path}", split="valid").name == "ssc_valid"


def test_late_events_are_dropped_or_refused_and_parts_can_be_taken(tmp_path: Path) -> None:
    spec = f"shd:{write_shd(tmp_path / 'mine.h5', GOOD, [3, 1], [7, 2])}"
    assert load_events(spec, duration=400.0).x[0].spike_times.tolist() == [300.0, 1.0]
    with pytest.raises(DataError, match="example 0 has 1 events at or after 400 ms, the duration of a trial; lengthen"):
        load_events(spec, duration=400.0, late="error")
    with pytest.raises(
        DataError, match=r"example 1 has no events in the trial; leave it out, or allow .*; its first event is at 10 ms"
    ):
        load_events(spec, duration=5.0)
    data = load_events(spec, duration=5.0, allow_empty=True)
    assert [len(example.spike_times) for example in data.x] == [1, 0]
    second = load_events(spec).part(np.array([False, True]))
    assert (len(second), second.y.tolist()) == (1, [1]) and second.groups is not None
    assert second.within(5.0).x[0].end_spikes.tolist() == [0] * 700
    with pytest.raises(DataError, match="no examples are chosen"):
        data.part(slice(0, 0))
    with pytest.raises(DataError, match="has 2 examples: index 5 is out of bounds"):
        data.part([5])
    with pytest.raises(DataError, match="a part is chosen by one axis of examples, got 2 axes"):
        data.part(np.array([[0, 1]]))
    with pytest.raises(DataError, match=r"the duration of a trial must be a positive number of milliseconds, got 0\.0"):
        data.within(0.0)


BAD_EVENTS: list[tuple[list[Any], str]] = [
    ([([-0.1], [0])], "example 0: spikes need times that are finite and not negative; spike 0 has -100"),
    ([([0.1], [0]), ([0.2, np.nan], [1, 1])], "example 1: spikes need times that are finite and not negative"),
    ([([0.1], [700])], "example 0: spikes need neuron ids from 0 to 699; spike 0 has 700"),
    ([([0.1], [-1])], "example 0: spikes need neuron ids from 0 to 699; spike 0 has -1"),
    ([([0.1, 0.2], [1])], "example 0: times and ids must hold one entry per spike"),
    ([([], [])], "example 0 has no events in the trial"),
]


@pytest.mark.parametrize(("examples", "message"), BAD_EVENTS)
def test_bad_events_name_their_example(tmp_path: Path, examples: list[Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_events(f"shd:{write_shd(tmp_path / 'bad.h5', examples, [0] * len(examples))}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": [0]}, "x and y must have the same length, got 2 examples and 1 labels"),
        ({"labels": [0, -1]}, "class numbers start at 0"),
        ({"labels": [0, 1], "speaker": [0.5, 1.0]}, "extra/speaker must hold one whole number for each of 2 examples"),
        ({"labels": [0, 1], "leave_out": "labels"}, "has no dataset labels; files of this form hold spikes/times"),
        ({"labels": [0, 1], "leave_out": "spikes"}, "has no dataset spikes/times; files of this form hold"),
        ({"labels": 3}, "labels must be a dataset with one entry for each example"),
    ],
)
def test_bad_shd_files(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_events(f"shd:{write_shd(tmp_path / 'bad.h5', GOOD, **arguments)}")


def test_lists_of_different_numbers(tmp_path: Path) -> None:
    path = write_shd(tmp_path / "bad.h5", GOOD, [0, 1])
    with h5py.File(path, "a") as file:
        del file["spikes/units"]
        file.create_dataset("spikes/units", (1,), dtype=h5py.vlen_dtype(np.int64))
    with pytest.raises(DataError, match="spikes/times and spikes/units must hold one list for each example"):
        load_events(f"shd:{path}")


def test_no_link_leads_out_of_the_file(tmp_path: Path) -> None:
    path, other = write_shd(tmp_path / "a.h5", GOOD, [0, 1]), write_shd(tmp_path / "b.h5", GOOD, [0, 1])
    with h5py.File(path, "a") as file:
        del file["spikes"]
        file["spikes"] = h5py.ExternalLink(other.name, "/spikes")
    with pytest.raises(
        DataError, match="spikes/times is a link to another file, which is not followed; store the data"
    ):
        load_events(f"shd:{path}")
    with h5py.File(other, "a") as file:
        del file["labels"]
        file.create_dataset("labels", (2,), np.int64, external=[("values.bin", 0, 16)])
    with pytest.raises(DataError, match="labels keeps its values in other files, which are not read; store the data"):
        load_events(f"shd:{other}")


def test_damaged_files(tmp_path: Path) -> None:
    path = write_shd(tmp_path / "bad.h5", GOOD, [0, 1])
    content = path.read_bytes()
    path.write_bytes(b"no HDF5")
    with pytest.raises(DataError, match="is damaged or no HDF5 file; get it again from where it is published"):
        load_events(f"shd:{path}")
    for length in range(600, len(content), 400):
        path.write_bytes(content[:length])
        with pytest.raises(DataError, match="is damaged"):
            load_events(f"shd:{path}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"spec": "mine.h5"}, "events are named FORMAT:PLACE with one of the formats shd, nmnist, ncars, aedat, got"),
        ({"spec": "shd:nowhere"}, "there is nothing at nowhere; name where the files are, as in shd:data/shd"),
        ({"split": "dev"}, "the split of events must be one of train, valid, test, got 'dev'"),
        ({"duration": -1.0}, r"the duration of a trial must be a positive number of milliseconds, got -1\.0"),
        ({"late": "keep"}, "late events are treated by 'drop' or 'error', got 'keep'"),
        ({"num_channels": 0}, "the number of channels must be positive and whole, got 0"),
        ({"num_channels": 3.5}, r"the number of channels must be positive and whole, got 3\.5"),
    ],
)
def test_bad_arguments(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    spec = f"shd:{write_shd(tmp_path / 'mine.h5', GOOD, [3, 1])}"
    with pytest.raises(DataError, match=message):
        load_events(**{"spec": spec, **arguments})


def nmnist(*events: tuple[int, int, int, int]) -> bytes:
    return b"".join(bytes([x, y]) + struct.pack(">I", p << 23 | t)[1:] for x, y, t, p in events)


def test_nmnist_times_go_on_after_an_overflow(tmp_path: Path) -> None:
    path = tmp_path / "one.bin"
    path.write_bytes(nmnist((3, 4, 5, 1), (33, 0, 8_000_000, 0), (245, 240, 8_000_100, 0), (1, 2, 8_000_200, 1)))
    assert read_aer(path, "nmnist").tolist() == [(3, 4, 5, 1), (33, 0, 8_000_000, 0), (1, 2, 8_000_200 + 8192, 1)]


def aedat(*events: tuple[int, int, int, int]) -> bytes:
    body = b"".join(struct.pack(">II", p | (127 - x) << 1 | y << 8, t) for x, y, t, p in events)
    return b"#!AER-DAT2.0\r\n# a line\r\n" + body


def test_aedat(tmp_path: Path) -> None:
    path, late = tmp_path / "one.aedat", 2**32 - 10
    outside = struct.pack(">II", 0x8000, 3)
    path.write_bytes(aedat((3, 100, 5, 1), (127, 0, late, 0)) + outside + aedat((9, 9, 7, 1))[-8:])
    assert read_aer(path, "aedat").tolist() == [(3, 100, 5, 1), (127, 0, late, 0), (9, 9, 2**32 + 7, 1)]


AEDAT3 = b"#!AER-DAT3.1\r\n#Format: RAW\r\n#!END-HEADER\r\n"


def packet(kind: int, overflows: int, size: int, words: list[int], room: int = 0) -> bytes:
    """A packet of AEDAT 3.1 with room for some more events, all of whose bytes are 35, "#"."""
    number = 4 * len(words) // size
    head = struct.pack("<hh6i", kind, 1, size, 4, overflows, number + room, number, number)
    return head + b"".join(struct.pack("<I", word) for word in words) + b"#" * size * room


def test_aedat_3(tmp_path: Path) -> None:
    """Polarity events of three packets, one of which is not valid, with special events between them."""
    path = tmp_path / "one.aedat"
    first = [1 | 1 << 1 | 100 << 2 | 3 << 17, 5, 0 | 7 << 2, 6]
    later = [1 | 0 << 1 | 0 << 2 | 127 << 17, 9]
    special = packet(0, 0, 8, [1, 8])
    path.write_bytes(AEDAT3 + packet(1, 0, 8, first, room=2) + special + packet(1, 1, 8, later))
    assert read_aer(path, "aedat").tolist() == [(3, 100, 5, 1), (127, 0, 2**31 + 9, 0)]


def test_ncars(tmp_path: Path) -> None:
    path = tmp_path / "one.dat"
    body = b"".join(struct.pack("<II", t, p << 28 | y << 14 | x) for x, y, t, p in ((100, 90, 4, 1), (3, 2, 9, 0)))
    path.write_bytes(b"% Data\n% Version 2\n\x00\x08" + body)
    assert read_aer(path, "ncars").tolist() == [(100, 90, 4, 1), (3, 2, 9, 0)]


@needs_data
def test_published_samples() -> None:
    folder = Path(SHARED or "") / "events_small"
    digit, car = (
        read_aer(folder / "tonic_sample_nmnist.bin", "nmnist"),
        read_aer(folder / "tonic_sample_ncars.dat", "ncars"),
    )
    assert (len(digit), digit["x"].max(), digit["y"].max(), digit["t"][0], digit["t"][-1]) == (
        4325,
        33,
        33,
        654,
        311175,
    )
    assert (len(car), car["x"].max(), car["y"].max(), car["t"][-1], set(car["p"])) == (2009, 77, 41, 99952, {0, 1})


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("nmnist", b"1234567", "has 7 bytes, no multiple of the 5 that an event takes; it is damaged"),
        ("nmnist", b"", "holds no events; leave it out"),
        ("nmnist", nmnist((1, 1, 9, 0), (1, 1, 5, 0)), "time runs backwards at event 1, from 9 to 5 us; the file is"),
        (
            "aedat",
            b"#!AER-DAT4.0\r\n",
            r"begins with neither #!AER-DAT2\.0 nor #!AER-DAT3\.1; convert it to",
        ),
        ("aedat", b"#!AER-DAT3.1\r\n", "holds no events; leave it out"),
        ("aedat", AEDAT3 + packet(1, 0, 8, [1, 2])[:-3], r"ends within the packet of 1 events at byte \d+; it is cut"),
        (
            "aedat",
            AEDAT3 + packet(1, 0, 8, [1, 2], room=9)[:-72] + packet(1, 0, 8, [1, 2]),
            r"ends within the packet of 1 events at byte \d+; it is cut",
        ),
        (
            "aedat",
            AEDAT3 + packet(1, -1, 8, [1, 2]),
            r"the clock of the packet at byte \d+ has -1 overflows; it is dam",
        ),
        (
            "aedat",
            AEDAT3.replace(b"RAW", b"SerializedTS,PNGFrames"),
            "has compressed packets, #Format: SerializedTS,PNGFrames; write it with format RAW",
        ),
        (
            "aedat",
            b"#!AER-DAT2.0\r\n" + struct.pack(">II", 5 << 22, 1),
            "has addresses of more than 16 bits, so it is not of a DVS128; convert it to AEDAT 3.1",
        ),
        ("aedat", AEDAT3 + b"123", r"ends within the header of a packet at byte \d+; it is cut short"),
        ("aedat", AEDAT3 + packet(1, 0, 4, [1, 2]), r"polarity events have 8 bytes, those at byte \d+ have 4"),
        ("aedat", aedat((1, 1, 1, 1))[:-3], "has 5 bytes of events, no multiple of 8; it is damaged"),
        ("ncars", b"% line\n\x00\x08123", "is no recording of events of 8 bytes, or is cut short; get it again"),
        ("ncars", b"", "is no recording of events of 8 bytes"),
        ("dvs", b"", "recordings of kind 'dvs' are not known; known are nmnist, ncars, aedat"),
    ],
)
def test_bad_recordings(tmp_path: Path, kind: str, content: bytes, message: str) -> None:
    path = tmp_path / "one"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_aer(path, kind)


def test_recordings_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"does not exist or is no file; give a recording, which usually ends in \.bin"):
        read_aer(tmp_path / "none.bin", "nmnist")


def folder_of(tmp_path: Path, write: Callable[..., bytes] = nmnist) -> Path:
    for split, count in (("Train", 2), ("Test", 1)):
        for label in ("0", "7"):
            (tmp_path / split / label).mkdir(parents=True)
            for number in range(count):
                content = write((int(label), number, 2000, 1), (5, 6, 9000, 0))
                (tmp_path / split / label / f"{number}.bin").write_bytes(content)
    return tmp_path


def test_folders_of_recordings(tmp_path: Path) -> None:
    data = load_events(f"nmnist:{folder_of(tmp_path)}", split="train", duration=8.0)
    assert (data.y.tolist(), data.num_channels, data.split) == ([0, 0, 1, 1], 34 * 34 * 2, "train")
    assert neurons_of(data.x[3]).tolist() == [1 + 2 * 7 + 2 * 34 * 1] and data.x[3].spike_times.tolist() == [2.0]
    assert load_events(f"nmnist:{tmp_path / 'Test'}").split == "all"


def test_a_class_has_the_same_number_in_each_split(tmp_path: Path) -> None:
    """Numbers count by their value; the test split has no 2, and what holds no recordings is no class."""
    for place in ("Train/2", "Train/10", "Test/10", "Train/.cache", "Train/cat", "Test/cat"):
        (tmp_path / place).mkdir(parents=True)
        if not place.endswith("cache"):
            (tmp_path / place / "0.bin").write_bytes(nmnist((1, 1, 1, 1)))
    labels = {split: load_events(f"nmnist:{tmp_path}", split=split).y.tolist() for split in ("train", "test")}
    assert labels == {"train": [0, 1, 2], "test": [1, 2]}


def test_recordings_without_events(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "Test" / "7" / "0.bin").write_bytes(b"")
    with pytest.raises(DataError, match=r"0\.bin holds no events; leave it out"):
        load_events(f"nmnist:{folder}")
    found = load_events(f"nmnist:{folder}", allow_empty=True)
    assert [len(spikes.spike_times) for spikes in found.x] == [2, 0]


def test_bad_folders_of_recordings(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    with pytest.raises(DataError, match=r"has no folders of \.aedat files, one folder for each class; name one"):
        load_events(f"aedat:{folder}")
    with pytest.raises(
        DataError, match="recordings of kind nmnist have 2312 channels, not 700; leave num_channels out"
    ):
        load_events(f"nmnist:{folder}", num_channels=700)
    file = folder / "Test" / "7" / "0.bin"
    file.write_bytes(nmnist((200, 1, 3, 0)))
    with pytest.raises(DataError, match=r"0\.bin: spikes need x from 0 to 33 on this sensor; spike 0 has 200"):
        load_events(f"nmnist:{folder}")
