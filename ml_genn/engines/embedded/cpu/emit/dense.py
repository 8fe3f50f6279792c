"""Each spike reaches every target:

for each run of eight spikes:
    for each target, in tiles where the code is arithmetic:  the code of each row in turn
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.delivery import Delivery
from ml_genn.engines.embedded.cpu.emit.tiles import is_arithmetic, tiles
from ml_genn.engines.embedded.plan.plan import DenseConnectivity

_RUN = 8
"""Spikes whose rows are read side by side: more load and store the sums less often, but fewer streams prefetch well."""

_ROW = "{} * gen_num_post"


def dense(delivery: Delivery, _: DenseConnectivity) -> None:
    """Writes the loops of a dense propagation."""
    out = delivery.kernel.body
    delivery.spikes(out)
    if not is_arithmetic(delivery.propagation):
        out.line("const int64_t gen_begin = 0, gen_end = gen_spikes;")
        delivery.rows(out, _ROW.format, "0", "gen_num_post")
        return
    with out.block(f"for (int64_t gen_begin = 0; gen_begin < gen_spikes; gen_begin += {_RUN})"):
        out.line(f"const int64_t gen_end = gen_spikes - gen_begin < {_RUN} ? gen_spikes : gen_begin + {_RUN};")
        tiles(delivery, out, _spikes_of_run, _ROW.format, "0", "gen_num_post")


@contextmanager
def _spikes_of_run(out: Buffer) -> Iterator[None]:
    with out.block("for (int64_t gen_s = gen_begin; gen_s < gen_end; ++gen_s)"):
        yield
