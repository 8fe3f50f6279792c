"""Loads Keras without TensorFlow's start-up remarks, which its C++ part writes to stderr whatever the log level."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import MlGennError

STDERR = 2


def import_keras() -> None:
    """Import Keras, so that later imports find it.

    Raises:
        MlGennError: it cannot be imported; the message says why.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with _stderr_kept_back():
            import keras  # noqa: F401 - the import is the point
    except ImportError as error:
        raise MlGennError(
            f"Keras cannot be imported ({error}); pip install tensorflow, and `ml-genn doctor` shows what is there"
        ) from error


@contextmanager
def _stderr_kept_back() -> Iterator[None]:
    """Send file descriptor 2 to a temporary file; show its content only where an error leaves the block."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as kept:
        original = os.dup(STDERR)
        os.dup2(kept.fileno(), STDERR)
        try:
            yield
        except Exception:
            kept.seek(0)
            os.write(original, kept.read())
            raise
        finally:
            os.dup2(original, STDERR)
            os.close(original)
