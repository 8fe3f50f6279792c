"""Each spike reaches every target:

for each four spikes, then each of the rest:
    for each target:  { code of each row in turn }
"""

from __future__ import annotations

from ml_genn.engines.embedded.cpu.emit.delivery import Delivery
from ml_genn.engines.embedded.plan.plan import DenseConnectivity


def dense(delivery: Delivery, _: DenseConnectivity) -> None:
    """Writes the loops of a dense propagation."""
    out = delivery.kernel.body
    delivery.spikes(out)
    out.line("const int64_t gen_begin = 0, gen_end = gen_spikes;")
    delivery.rows(out, lambda pre: f"{pre} * gen_num_post", "0", "gen_num_post")
