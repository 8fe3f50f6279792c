"""The tutorial example runs on images of the right shape and draws its raster."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]


def write_idx(path: Path, values: np.ndarray) -> None:
    header = struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape)
    path.write_bytes(header + values.tobytes())


def test_mushroom_body_first_layer(tmp_path: Path) -> None:
    folder = tmp_path / "mnist"
    folder.mkdir()
    images = np.zeros((4, 28, 28), np.uint8)
    for image in range(4):
        images[image, 5 : 7 + image] = 200  # the fewer pixels share the current, the sooner they spike
    write_idx(folder / "train-images-idx3-ubyte", images)
    write_idx(folder / "train-labels-idx1-ubyte", np.arange(4, dtype=np.uint8))
    raster = tmp_path / "raster.png"
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "mushroom_body_first_layer.py"), str(raster)],
        env={**os.environ, "ML_GENN_DATA": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.split()[2] for line in done.stdout.splitlines()] == [str(28 * (2 + image)) for image in range(4)]
    assert raster.read_bytes().startswith(b"\x89PNG")
