"""Lets neurons count their own spikes: for long runs of large networks, where recording each spike takes too much."""

from __future__ import annotations

from ..model import NeuronModel, Var
from ..runtime.spikes import NEGATIVE_COUNT, POSITIVE_COUNT


def with_spike_counts(model: NeuronModel) -> NeuronModel:
    """A copy that counts its spikes, negative ones apart; a model that never spikes as it is."""
    if model.threshold_condition_code:
        model = model.with_var(Var(POSITIVE_COUNT)).with_reset_code(f"{POSITIVE_COUNT} += 1.0;")
    if model.negative_event_var is not None:
        count = f"{NEGATIVE_COUNT} += ({model.negative_event_var} < 0.0) ? 1.0 : 0.0;"
        model = model.with_var(Var(NEGATIVE_COUNT)).with_sim_code(count)
    return model
