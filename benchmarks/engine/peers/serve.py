"""The other end of `harness.Peer`: one line of facts, then one line of times for each line that comes in."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any


def serve(work: Callable[[], dict[str, Any] | None], **facts: Any) -> None:
    """Runs `work` whenever asked; what it returns is told beside the times, and may replace them."""
    print(json.dumps(facts), flush=True)
    for _ in sys.stdin:
        wall, cpu = time.perf_counter(), _cpu_seconds()
        told = work() or {}
        times = {"wall": time.perf_counter() - wall, "cpu": _cpu_seconds() - cpu}
        print(json.dumps({**times, **told}), flush=True)


def _cpu_seconds() -> float:
    """Processor time of this process and of those it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
