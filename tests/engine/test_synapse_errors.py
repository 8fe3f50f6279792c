"""What the front end says to mistakes in weight update models and in the settings of synapse groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ml_genn.access import ParallelismHint, VarAccessMode
from ml_genn.engines.embedded import (
    create_current_source_model,
    create_var_ref,
    create_weight_update_model,
    init_postsynaptic,
    init_toeplitz_connectivity,
    init_weight_update,
)
from ml_genn.engines.embedded.language import ModelCodeError
from ml_genn.errors import DescriptionError, MlGennError, UnsupportedError
from tests.engine.mistakes import CONV, HOLDING, SPIKE, built_synapses, model, synapses

Mistake = Callable[[], Any]


def wu(**codes: Any) -> Any:
    return create_weight_update_model("w", **codes)


def setting(name: str, value: Any, wum: Any = "StaticPulse") -> Mistake:
    def mistake() -> None:
        whole, group = synapses(wum=wum)
        setattr(group, name, value)
        whole.build()

    return mistake


def referring(**references: str) -> Mistake:
    """Refers to a variable of the other population."""

    def mistake() -> None:
        whole = model()
        source = whole.add_neuron_population("a", 2, HOLDING, {}, {"x": 0.0, "k": 0})
        target = whole.add_neuron_population("b", 3, HOLDING, {}, {"x": 0.0, "k": 0})
        side, other = (("pre", target), ("post", source))["post" in next(iter(references))]
        refs = [("r", "scalar", VarAccessMode.READ_ONLY)]
        rule = wu(**{f"{side}_neuron_var_refs": refs}, pre_spike_syn_code="addToPost(r);")
        init = init_weight_update(rule, {}, {}, **{f"{side}_var_refs": {"r": create_var_ref(other, "x")}})
        whole.add_synapse_population("s", "DENSE", source, target, init, init_postsynaptic("DeltaCurr"))

    return mistake


def current_source_elsewhere() -> None:
    whole = model()
    first = whole.add_neuron_population("a", 2, HOLDING, {}, {"x": 0.0, "k": 0})
    second = whole.add_neuron_population("b", 3, HOLDING, {}, {"x": 0.0, "k": 0})
    source = create_current_source_model("c", neuron_var_refs=[("r", "scalar")], injection_code="injectCurrent(r);")
    whole.add_current_source("cs", source, first, {}, {}, {"r": create_var_ref(second, "x")})


MISTAKES: dict[str, tuple[Mistake, type[MlGennError], str]] = {
    "axonal delay": (
        setting("axonal_delay_steps", -1),
        DescriptionError,
        r"s: axonal_delay_steps must be at least 0, got -1",
    ),
    "back propagation delay": (
        setting("back_prop_delay_steps", -1),
        DescriptionError,
        r"s: back_prop_delay_steps must be at least 0, got -1",
    ),
    "dendritic delay": (
        setting("max_dendritic_delay_timesteps", 0),
        DescriptionError,
        r"s: max_dendritic_delay_timesteps must be at least 1, got 0",
    ),
    "feedback without its input": (
        setting("pre_target_var", "Jsyn", wu(pre_spike_syn_code="addToPre(1.0);")),
        DescriptionError,
        r"s: the population has no input 'Jsyn'; it has Isyn",
    ),
    "delayed input without the longest delay": (
        lambda: built_synapses(wum=wu(pre_spike_syn_code="addToPostDelay(1.0, 2);")),
        DescriptionError,
        r"s: addToPostDelay needs max_dendritic_delay_timesteps, one more than the longest delay; set it",
    ),
    "delayed sight without the longest delay": (
        lambda: seeing("addToPost(trace[2]);"),
        DescriptionError,
        r"s: trace\[delay\] needs max_dendritic_delay_timesteps, one more than the longest delay; set it",
    ),
    "with and without a delay": (
        lambda: seeing("addToPost(trace[2] + trace);", 3),
        ModelCodeError,
        r"s.pre_spike_syn_code:1:22: 'trace' is a pointer; take an element, such as trace\[0\]",
    ),
    "writing to the past": (
        lambda: seeing("trace[2] = 1.0;", 3),
        ModelCodeError,
        r"s.pre_spike_syn_code:1:1: 'trace' is read-only here and cannot be changed",
    ),
    "delay of a presynaptic variable": (
        lambda: seeing("addToPost(early[2]);", 3),
        ModelCodeError,
        r"s.pre_spike_syn_code:1:11: 'early' is no pointer and has no elements",
    ),
    "presynaptic events without condition": (
        lambda: built_synapses(wum=wu(pre_event_syn_code="addToPost(1.0);")),
        DescriptionError,
        r"s: pre_event_syn_code needs a pre_event_threshold_condition_code that says when",
    ),
    "postsynaptic events without condition": (
        lambda: built_synapses(wum=wu(post_event_syn_code="addToPre(1.0);")),
        DescriptionError,
        r"s: post_event_syn_code needs a post_event_threshold_condition_code that says when",
    ),
    "forward from behind": (
        lambda: built_synapses(wum=wu(post_spike_syn_code="addToPost(1.0);")),
        UnsupportedError,
        r"s.post_spike_syn_code uses 'addToPost': what postsynaptic neurons trigger reaches presynaptic neurons only",
    ),
    "writing to a neuron": (
        lambda: built_synapses(
            wum=wu(post_vars=[("trace", "scalar")], pre_spike_syn_code="trace = 1.0;"), post_vars={"trace": 0.0}
        ),
        ModelCodeError,
        r"s.pre_spike_syn_code:1:1: 'trace' is read-only here and cannot be changed",
    ),
    "presynaptic reference": (
        referring(pre="x"),
        DescriptionError,
        r"s: variable reference 'r' must point to a variable of the neurons 'a', got b.x",
    ),
    "postsynaptic reference": (
        referring(post="x"),
        DescriptionError,
        r"s: variable reference 'r' must point to a variable of the neurons 'b', got a.x",
    ),
    "reference of a current source": (
        current_source_elsewhere,
        DescriptionError,
        r"cs: variable reference 'r' must point to a variable of the neurons 'a', got b.x",
    ),
    "variables that the model lacks": (
        lambda: init_and_add(pre_vars={"trace": 0.0}),
        DescriptionError,
        r"s.pre_vars: variable 'trace' is not known",
    ),
    "recorded events of nobody": (
        lambda: synapses()[1].post_spike_event_recording_data,
        DescriptionError,
        r"s: set b.spike_event_recording_enabled before loading the model",
    ),
}


def test_code_at_synapses_cannot_write_what_they_share() -> None:
    """An entry of a kernel belongs to many synapses."""
    whole = model()
    ends = [whole.add_neuron_population(name, size, SPIKE) for name, size in (("a", 16), ("b", 32))]
    rule = wu(vars=[("uses", "scalar")], pre_spike_syn_code="addToPost(1.0); uses += 1.0;")
    init, delta = init_weight_update(rule, {}, {"uses": 0.0}), init_postsynaptic("DeltaCurr")
    kernel = init_toeplitz_connectivity("Conv2D", CONV)
    whole.add_synapse_population("s", "TOEPLITZ", *ends, init, delta, kernel)
    with pytest.raises(ModelCodeError, match=r"s.pre_spike_syn_code:1:17: 'uses' is read-only here"):
        whole.build()


def test_hints_for_gpus_are_taken() -> None:
    _, group = synapses()
    group.parallelism_hint, group.num_threads_per_spike = ParallelismHint.PRESYNAPTIC, 4
    group.narrow_sparse_ind_enabled = True
    assert ParallelismHint.WORD_PACKED_BITMASK == 2


def seeing(code: str, slots: int | None = None) -> None:
    rule = wu(pre_vars=[("early", "scalar")], post_vars=[("trace", "scalar")], pre_spike_syn_code=code)
    whole, group = synapses(wum=rule, pre_vars={"early": 0.0}, post_vars={"trace": 0.0})
    if slots is not None:
        group.max_dendritic_delay_timesteps = slots
    whole.build()


def init_and_add(**variables: Any) -> None:
    synapses(np.ones(12), **variables)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake(mistake: str) -> None:
    make, error, message = MISTAKES[mistake]
    with pytest.raises(error, match=message):
        make()
