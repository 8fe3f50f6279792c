"""A saved few-spike network on real PyGeNN's CPU backend, with `optimize_code`: all of the given images."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pygenn
from serve import serve

sys.path.insert(0, str(Path(__file__).parents[3]))
from ml_genn.serialisers import load_network


def main(path: str, images: str) -> None:
    """Answers until told to end."""
    saved = load_network(path)
    x = np.load(images)
    compiled = saved.create_compiler(engine="pygenn", batch_size=1).compile(saved.network)
    with compiled:
        serve(
            lambda: compiled.predict({saved.inputs[0]: x}, saved.outputs, callbacks=()) and None,
            version=pygenn.__version__,
        )


main(*sys.argv[1:])
