"""The tutorial example runs on images of the right shape and draws its rasters."""

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
    code = (
        "import runpy, sys; sys.path.insert(0, 'examples')\n"
        "names = runpy.run_path('examples/mushroom_body_first_layer.py')\n"
        "print(len(names['pn_spike_ids']), len(set(names['pn_spike_ids'].tolist())))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={**os.environ, "ML_GENN_DATA": str(tmp_path), "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lit = 28 * 5  # pixels of the last image, each of which makes its neuron spike exactly once
    assert done.stdout.split() == [str(lit), str(lit)]
    figures = sorted(path.name for path in tmp_path.glob("mushroom_body_*.png"))
    assert figures == [f"mushroom_body_{number}.png" for number in range(1, 6)]
