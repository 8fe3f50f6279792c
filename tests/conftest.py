"""What all tests share."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Ctrl-C works in tests and in the programs that they start, also where they run in the background.

    A shell starts background jobs with SIGINT ignored, which their children inherit: tests of interruption would wait
    for ever.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
