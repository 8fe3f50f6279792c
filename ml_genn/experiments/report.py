"""The HTML page of a run, made from what its folder holds."""

from __future__ import annotations

from pathlib import Path

from ..reports.training_log import read_log
from ..reports.training_page import training_page
from .records import LOG, RESULT, RUN, RunRecord, RunResult, read_record


def run_report(folder: Path) -> str:
    """The page as text, also of a run that has not ended.

    Raises:
        DataError: the folder holds no run, or its files are damaged.
    """
    record = read_record(RunRecord, folder / RUN)
    facts: tuple[str, ...] = ()
    if (folder / RESULT).exists():
        test = read_record(RunResult, folder / RESULT).test
        facts = (f"{100 * test.accuracy:.2f}\u00a0% of {test.examples:,} test examples",)
    return training_page(
        read_log(folder / LOG),
        record.experiment,
        facts=facts,
        command=record.command,
        environment=record.environment,
        parameters=record.parameters,
    )
