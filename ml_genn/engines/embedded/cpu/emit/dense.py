"""Each spike reaches every target:

for each tile of targets, if the code is arithmetic:  for each spike:  code
else for each four spikes, then each of the rest:  for each target:  { code of each row in turn }
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.delivery import Delivery
from ml_genn.engines.embedded.cpu.emit.tiles import is_arithmetic, tiles
from ml_genn.engines.embedded.plan.plan import DenseConnectivity

_ROW = "{} * gen_num_post + gen_from"


def dense(delivery: Delivery, _: DenseConnectivity) -> None:
    """Writes the loops of a dense propagation."""
    out = delivery.kernel.body
    delivery.spikes(out)
    delivery.kernel.part("gen_num_post")
    out.line("const int64_t gen_length = gen_to - gen_from;")
    if is_arithmetic(delivery.propagation):
        tiles(delivery, out, _all_spikes, _ROW.format, "gen_from", "gen_length")
    else:
        out.line("const int64_t gen_begin = 0, gen_end = gen_spikes;")
        delivery.rows(out, _ROW.format, "gen_from", "gen_length")


@contextmanager
def _all_spikes(out: Buffer) -> Iterator[None]:
    with out.block("for (int64_t gen_s = 0; gen_s < gen_spikes; ++gen_s)"):
        yield
