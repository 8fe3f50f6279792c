"""Plans -> C: what whole kernels look like, white space aside."""

from __future__ import annotations

import pytest

from ml_genn.engines.embedded.cpu.emit.kernel import Kernel
from ml_genn.engines.embedded.cpu.emit.neuron_update import neuron_update
from ml_genn.engines.embedded.cpu.emit.propagation import propagation
from ml_genn.engines.embedded.cpu.emit.unit import emit_unit
from ml_genn.engines.embedded.language.types import FLOAT
from ml_genn.engines.embedded.plan.plan import (
    Array,
    Axis,
    Builtin,
    ConvolutionConnectivity,
    DenseConnectivity,
    Propagation,
)
from ml_genn.errors import InternalCompilerError
from tests.emit.test_expressions import words
from tests.engine.plans import PlanMaker

LEAKY = """
    const int64_t gen_example = gen_item;
    const float *restrict const gen_p_alpha = gen_g->gen_a_alpha + gen_example * gen_g->gen_s_alpha;
    float *restrict const gen_p_V = gen_g->gen_a_V + gen_example * gen_g->gen_s_V;
    uint32_t *restrict const gen_p_gen_spike_ids =
        gen_g->gen_a_gen_spike_ids + gen_example * gen_g->gen_s_gen_spike_ids
        + gen_slot(gen_now->ring - gen_g->gen_n_gen_spike_ids_delay, gen_g->gen_n_gen_spike_ids_slots)
        * gen_g->gen_z_gen_spike_ids;
    uint32_t *restrict const gen_p_gen_spike_count =
        gen_g->gen_a_gen_spike_count + gen_example * gen_g->gen_s_gen_spike_count
        + gen_slot(gen_now->ring - gen_g->gen_n_gen_spike_count_delay, gen_g->gen_n_gen_spike_count_slots)
        * gen_g->gen_z_gen_spike_count;
    const float gen_c_alpha = gen_p_alpha[0];
    const int64_t gen_neurons = gen_g->gen_n_neurons;
    const int64_t gen_from = gen_part_begin(gen_now, gen_neurons, gen_now->part);
    const int64_t gen_to = gen_part_begin(gen_now, gen_neurons, gen_now->part + 1);
    uint32_t gen_spike_pushed = 0;
    for (int64_t gen_first = gen_from; gen_first < gen_to; gen_first += GEN_BLOCK) {
        const int64_t gen_rest = gen_to - gen_first;
        const int64_t gen_count = gen_rest < GEN_BLOCK ? gen_rest : GEN_BLOCK;
        uint8_t gen_spike[GEN_BLOCK];
        for (int64_t gen_k = 0; gen_k < gen_count; ++gen_k) {
            const int64_t gen_i = gen_first + gen_k;
            float gen_v_V = gen_p_V[gen_i];
            { gen_v_V = (gen_v_V * gen_c_alpha); }
            const bool gen_spiking = (gen_v_V >= 1.0f);
            gen_spike[gen_k] = gen_spiking;
            if (gen_spiking) { { gen_v_V = 0.0f; } }
            gen_p_V[gen_i] = gen_v_V;
        }
        gen_spike_pushed = gen_push(gen_spike, gen_first, gen_count, gen_p_gen_spike_ids + gen_from, gen_spike_pushed);
    }
    gen_publish(gen_now, gen_p_gen_spike_count, gen_spike_pushed);
"""


def test_a_population() -> None:
    maker = PlanMaker()
    names = {"V": maker.variable("hidden.V", 10), "alpha": maker.parameter("hidden.alpha", 0.9)}
    update = maker.neurons(
        "hidden",
        10,
        sim=maker.code("V *= alpha;", names),
        threshold=maker.condition("V >= 1.0", names),
        reset=maker.code("V = 0.0;", names),
        queue=maker.queue("hidden", 10),
    )
    text = neuron_update(update)
    assert words(text.body) == words(LEAKY)
    assert text.members[0] == "int64_t gen_n_neurons"
    assert text.values[0] == 10


def propagate(maker: PlanMaker, code: str, connectivity: object) -> Propagation:
    """A propagation with two presynaptic neurons or pixels, four targets."""
    names = {
        "g": maker.variable("g", 8, axis=Axis.SYNAPSE, batched=False),
        "x": maker.variable("x", 2, axis=Axis.PRE),
        "v": maker.variable("v", 4, axis=Axis.POST),
    }
    compiled = maker.code(code, names, ["addToPost", "maxToPost"])
    target = maker.array("target", 4, batched=True)
    return Propagation("syn", 1, 2, 4, maker.queue("pre", 2), 0, connectivity, compiled, target)


CONVOLUTION = ConvolutionConnectivity((1, 2, 1), (1, 2, 1), (1, 2, 2), (1, 2), padding=(0, 1))


@pytest.mark.parametrize("connectivity", [DenseConnectivity(), CONVOLUTION])
@pytest.mark.parametrize(
    ("code", "tiled"),
    [
        ("addToPost(g);", True),
        ("addToPost(g * x); addToPost(-x);", True),
        ("addToPost((g + v) / (x - 2.0));", True),
        ("maxToPost(g);", False),
        ("if (x > 0.5) { addToPost(g); }", False),
        ("addToPost(fabs(g));", False),
        ("scalar y = g; addToPost(y);", False),
        ("addToPost(x > 0.5 ? g : x);", False),
        ("", False),
    ],
)
def test_plain_arithmetic_is_tiled(code: str, tiled: bool, connectivity: object) -> None:
    body = propagation(propagate(PlanMaker(), code, connectivity)).body
    assert ("gen_vector_float gen_sum3" in body) == tiled


def test_four_rows_at_once_only_where_code_only_adds() -> None:
    for code, merged in (("maxToPost(g);", True), ("g += 1.0; maxToPost(g);", False)):
        assert ("gen_pre3" in propagation(propagate(PlanMaker(), code, DenseConnectivity())).body) == merged


def test_what_kernels_cannot_be_is_refused() -> None:
    maker = PlanMaker()
    with pytest.raises(InternalCompilerError, match=r"syn: no C for 'smoke'; this is a bug in ml_genn"):
        propagation(propagate(maker, "addToPost(g);", "smoke"))
    with pytest.raises(InternalCompilerError, match=r"the ring V without a delay; this is a bug"):
        Kernel().pointer("V", Array("V", FLOAT, 3, slots=2))
    with pytest.raises(InternalCompilerError, match=r"'id_pre' \(Builtin.ID_PRE\) means nothing in this kernel"):
        Kernel().builtin("id_pre", Builtin.ID_PRE, FLOAT)


def test_elements_of_synapses_mean_nothing_to_neurons() -> None:
    maker = PlanMaker()
    x = maker.variable("x", 3, axis=Axis.SYNAPSE)
    maker.neurons("n", 3, sim=maker.code("x = 1.0;", {"x": x}))
    with pytest.raises(InternalCompilerError, match=r"'x' runs over Axis.SYNAPSE here; this is a bug"):
        emit_unit(maker.plan())


def test_unknown_accumulators_and_groups_are_refused() -> None:
    maker = PlanMaker()
    maker.step.append("smoke")  # type: ignore[arg-type]
    with pytest.raises(InternalCompilerError, match=r"no C for 'smoke'"):
        emit_unit(maker.plan())
