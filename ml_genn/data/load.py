"""DATA, as commands and functions take it: a word, a file or a folder, read into a checked Dataset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import final

from ..errors import DataError
from . import shaping
from .arrays import RawData
from .checks import check_examples, check_labels
from .dataset import Dataset
from .digits import read_digits
from .hdf5 import read_hdf5
from .idx import read_idx_folder
from .npz import read_npz

Shape = tuple[int, ...]

KINDS = (
    "digits, FILE.npz (arrays x and y), FILE.h5 (datasets x and y), or a folder of MNIST-style IDX files "
    "(FOLDER:train for its training split)"
)


@final
@dataclass(frozen=True)
class Source:
    """Where data come from: what the user wrote, the place without the split, the split, and how to read it."""

    spec: str
    place: str
    split: str
    read: Callable[[], RawData]
    has_splits: bool


def resolve(spec: str, split: str = "test") -> Source:
    """Find out what `spec` names; `split` holds where `spec` does not end with ":train" or ":test".

    Raises:
        DataError: nothing of that name, an unknown kind of file, or a split asked of a file that has none.
    """
    place, asked = _split_suffix(spec)
    chosen = asked or split
    path = Path(place)
    if place == "digits":
        return Source(spec, place, chosen, lambda: read_digits(chosen), True)
    if not path.exists():
        raise DataError(f"data {spec!r} do not exist; DATA is {KINDS}")
    if path.is_dir():
        return Source(spec, str(path.resolve()), chosen, lambda: read_idx_folder(path, chosen), True)
    reader = _FILE_READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{spec}: files ending in {path.suffix or 'nothing'!r} are not known; DATA is {KINDS}")
    if asked:
        raise DataError(f"{spec}: {path.name} has no splits; leave out :{asked}, or put each split into its own file")
    return Source(spec, str(path.resolve()), "all", lambda: reader(path), False)


def load_data(
    spec: str | Path,
    *,
    scale: float | str | Fraction | None = None,
    shape: Shape | None = None,
    split: str = "test",
    expected_shape: Shape | None = None,
    num_classes: int | None = None,
) -> Dataset:
    """Read and check the data that `spec` names.

    Parameters:
        spec: "digits", FILE.npz, FILE.h5 or a folder of IDX files; ":train" or ":test" chooses the split.
        scale: multiplies x; a number or a fraction such as "1/255". Default: 1/255 for 8-bit IDX images, 1/16
            for digits, else 1.
        shape: the shape of one example, without the batch axis. Default: that of the file; digits and IDX
            images also get the channel axis of `expected_shape`.
        split: which split where `spec` does not say.
        expected_shape: the model's input shape without the batch axis.
        num_classes: the model's number of classes.

    Raises:
        DataError: anything that makes the data unusable; the message names file, array and what to do.
    """
    return _load(resolve(str(spec), split), scale, shape, expected_shape, num_classes)


def parse_scale(scale: float | str | Fraction) -> Fraction:
    """A number or a fraction such as "1/255", exactly.

    Raises:
        DataError: not a positive finite number.
    """
    try:
        value = Fraction(scale)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise DataError(f"scale must be a number or a fraction such as 1/255, got {scale!r}") from error
    if value <= 0:
        raise DataError(f"scale must be greater than 0, got {scale!r}")
    return value


def _load(
    source: Source,
    scale: float | str | Fraction | None,
    shape: Shape | None,
    expected_shape: Shape | None,
    num_classes: int | None,
) -> Dataset:
    raw = source.read()
    x = check_examples(raw.x, source.spec)
    y = check_labels(raw.y, len(x), source.spec, num_classes)
    x = shaping.scaled(x, raw.scale if scale is None else parse_scale(scale), source.spec)
    if shape is not None:
        x = shaping.reshaped(x, shape, source.spec)
    elif raw.images:
        x = shaping.fit_image(x, expected_shape)
    shaping.check_shape(x, expected_shape, source.spec)
    return Dataset(x=x, y=y, name=raw.name, source=source.spec, split=raw.split)


def _split_suffix(spec: str) -> tuple[str, str | None]:
    for split in ("train", "test"):
        if spec.endswith(f":{split}") and not Path(spec).exists():
            return spec[: -len(split) - 1], split
    return spec, None


_FILE_READERS: dict[str, Callable[[Path], RawData]] = {
    ".npz": read_npz,
    ".h5": read_hdf5,
    ".hdf5": read_hdf5,
}
