"""The MNIST images for examples, from the folder `mnist` of ML_GENN_DATA."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from ml_genn.data.idx import read_idx_folder


def train_images() -> np.ndarray:
    """The 60,000 training images, uint8 [image][row][column]; ends the program, saying so, where they are absent."""
    folder = os.environ.get("ML_GENN_DATA")
    if not folder:
        sys.exit("This example needs MNIST: set ML_GENN_DATA to a folder that holds mnist/ with its four IDX files.")
    return np.asarray(read_idx_folder(Path(folder) / "mnist", "train").x)
