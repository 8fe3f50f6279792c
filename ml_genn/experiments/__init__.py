"""Trainings that anyone can repeat by name: data, network, compiler and schedule with named parameters."""

from __future__ import annotations

from .experiment import Examples as Examples
from .experiment import Experiment as Experiment
from .experiment import Parts as Parts
from .experiment import Splits as Splits
from .parameters import Parameter as Parameter
from .records import REPORT as REPORT
from .records import RUN as RUN
from .records import RunRecord as RunRecord
from .records import RunResult as RunResult
from .report import run_report as run_report
from .resume import has_ended as has_ended
from .run import Training as Training
from .table import EXPERIMENTS as EXPERIMENTS
from .table import find_experiment as find_experiment
