"""The engine that turns a plan into C, compiles it and runs it on the processor's cores."""

from __future__ import annotations

from ml_genn.engines.embedded.cpu.run.executable import CpuExecutable as CpuExecutable
from ml_genn.engines.embedded.cpu.run.executable import default_threads as default_threads
