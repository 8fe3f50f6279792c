"""The spike-by-spike references agree with the values that the equations give: few-spike codes and firing rates."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn_tf.quantise import run_quantised
from tests.references import spiking_networks as reference

from .nets import NETS

ALPHAS = (1.25, 2.0, 0.75, 3.0)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("k", [1, 3, 8])
@pytest.mark.parametrize("name", NETS)
def test_few_spike_spikes_spell_the_quantised_values(name: str, k: int, signed: bool) -> None:
    stages = NETS[name](seed=k)
    alphas = {stage.name: ALPHAS[at % 4] for at, stage in enumerate(stages.stages)}
    alphas |= {stage.name: alphas[stage.paths[0].source] for stage in stages.stages if stage.pool}
    (source,) = stages.inputs
    x = np.random.default_rng(k).uniform(-1.5 if signed else 0.0, 1.5, (5, *stages[source].shape))
    run = reference.few_spike(stages, alphas, k, {source: x})
    names = [stage.name for stage in stages.stages if stage.kind != "output"]
    signs = stages.inputs if signed else ()
    expected = run_quantised(stages, x, alphas, k, signed_inputs=signs, keep=names)
    for stage in names:
        decoded = run.codes(stage) * alphas[stage] * 2.0**-k
        np.testing.assert_allclose(decoded, expected[stage].reshape(decoded.shape), atol=1e-12)  # sums of 8 doubles
    (output,) = stages.outputs
    np.testing.assert_allclose(run.outputs[output], expected[output], atol=1e-12)


def test_rates_approach_the_activations() -> None:
    """A constant input that spikes in every step drives each neuron at the rate that its drive asks for.

    With reset to zero a neuron of drive d < 1 fires once in ceil(1 / d) steps; drives of 1, 1/2 and 1/4 lose nothing.
    """
    stages = NETS["mlp"]()
    hidden = stages["n2"]
    hidden.bias[:] = np.resize([1.0, 0.5, 0.25, -1.0], 9)
    hidden.paths[0].ops[0].weight[:] = 0.0  # type: ignore[attr-defined]
    run = reference.rate(stages, dict.fromkeys(stages.index, 1.0), 64, lambda name, step: np.ones((2, 6)))
    np.testing.assert_array_equal(run.spikes["n2"].sum(axis=0)[0, :4], [64, 32, 16, 0])


def test_rate_max_pooling_follows_the_highest_count() -> None:
    """The pooling neuron has as many spikes, one step late, as the input of its window that has most."""
    stages = NETS["cnn"]()
    rng = np.random.default_rng(0)
    scales = dict.fromkeys(stages.index, 0.5)
    run = reference.rate(stages, scales, 40, lambda name, step: rng.random((3, 84)) < 0.6)
    pool = stages["n3"]
    sent = run.spikes["n2"][:-1].sum(axis=0, dtype=int)
    expected = np.where(reference.windows(pool), sent[:, :, None], 0).max(axis=1)
    assert expected.max() > 3
    np.testing.assert_array_equal(run.spikes["n3"].sum(axis=0, dtype=int), expected)
