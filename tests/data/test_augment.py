"""Augmentations against what they are said to do, and independent of the order of examples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import InputLayer, Layer, SequentialNetwork
from ml_genn.compilers import EventPropCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.data.augment import Augment, Blend, DelayLine, Dilate, Drop, Jitter, LimitSpikes, Shift
from ml_genn.data.spikes import PreprocessedSpikes, neurons_of, preprocess_spikes
from ml_genn.errors import DataError, DescriptionError
from ml_genn.neurons import LeakyIntegrate, SpikeInput
from ml_genn.synapses import Exponential

NEURONS = 20


def drawn(seed: int, count: int = 200) -> PreprocessedSpikes:
    rng = np.random.default_rng(seed)
    return preprocess_spikes(rng.uniform(5.0, 100.0, count), rng.integers(5, 15, count), NEURONS)


def pairs(spikes: PreprocessedSpikes) -> list[tuple[int, float]]:
    return list(zip(neurons_of(spikes).tolist(), spikes.spike_times.tolist(), strict=True))


EXAMPLES = [drawn(seed) for seed in range(6)]
LABELS = [0, 1, 0, 1, 0, 2]
ALL = [
    Shift(3, 4.0),
    Dilate(0.8, 1.25),
    Jitter(1.0, 2.0),
    Drop(0.2),
    LimitSpikes(150),
    Blend(EXAMPLES, LABELS),
    DelayLine(2, 10.0),
]


@pytest.mark.parametrize("augmentation", ALL, ids=lambda one: type(one).__name__)
def test_any_order_gives_the_same_examples_and_leaves_the_originals(augmentation: Any) -> None:
    before = [pairs(example) for example in EXAMPLES]
    augment, again = Augment([augmentation], seed=3), Augment([augmentation], seed=3)
    forwards = [pairs(augment(2, index, example)) for index, example in enumerate(EXAMPLES)]
    backwards = [pairs(again(2, index, EXAMPLES[index])) for index in reversed(range(6))]
    assert forwards == backwards[::-1] == [pairs(example) for example in augment.all(EXAMPLES, 2)]
    assert [pairs(example) for example in EXAMPLES] == before
    if not isinstance(augmentation, DelayLine):
        assert forwards != [pairs(example) for example in augment.all(EXAMPLES, 3)]
        assert forwards != [pairs(example) for example in Augment([augmentation], seed=4).all(EXAMPLES, 2)]
    for example in augment.all(EXAMPLES):
        starts = np.concatenate(([0], example.end_spikes[:-1]))
        parts = [example.spike_times[a:b] for a, b in zip(starts, example.end_spikes, strict=True)]
        assert all((np.diff(part) >= 0).all() for part in parts) and example.spike_times.min() >= 0


@pytest.mark.parametrize("augmentation", ALL, ids=lambda one: type(one).__name__)
def test_an_example_without_spikes_stays_so(augmentation: Any) -> None:
    empty = preprocess_spikes([], [], NEURONS)
    (found,) = Augment([augmentation]).all([empty])
    assert (len(found.spike_times), set(found.end_spikes.tolist())) == (0, {0})


def test_shift_moves_everything_alike_and_drops_what_leaves() -> None:
    seen = set()
    for epoch in range(60):
        shifted = Augment([Shift(3, 4.0)], 1)(epoch, 0, EXAMPLES[0])
        (channels,) = set(neurons_of(shifted) - neurons_of(EXAMPLES[0]))
        moved = np.sort(shifted.spike_times) - np.sort(EXAMPLES[0].spike_times)
        np.testing.assert_allclose(moved, moved[0], atol=1e-12)
        assert abs(moved[0]) <= 4.0
        seen.add(int(channels))
    assert seen == set(range(-3, 4))
    edge = preprocess_spikes([1.0, 50.0], [0, NEURONS - 1], NEURONS)
    left = [len(Augment([Shift(1)], 1)(epoch, 0, edge).spike_times) for epoch in range(40)]
    assert set(left) == {1, 2}
    early = [len(Augment([Shift(0, 3.0)], 1)(epoch, 0, edge).spike_times) for epoch in range(40)]
    assert set(early) == {1, 2}


def test_dilate_scales_time_within_its_range() -> None:
    factors = []
    for epoch in range(200):
        dilated = Augment([Dilate(0.5, 2.0)], 1)(epoch, 0, EXAMPLES[0])
        ratio = dilated.spike_times / EXAMPLES[0].spike_times
        np.testing.assert_allclose(ratio, ratio[0], rtol=1e-12)
        factors.append(ratio[0])
    assert 0.5 <= min(factors) < 0.6 and 1.8 < max(factors) <= 2.0
    assert abs(np.log(factors).mean()) < 0.1  # uniform in the logarithm: 0.028 is one standard error of the mean


def test_jitter_has_its_deviations() -> None:
    many = preprocess_spikes(np.full(20_000, 50.0), np.full(20_000, 10), NEURONS)
    jittered = Augment([Jitter(2.0, 3.0)], 1)(0, 0, many)
    # 20,000 spikes leave 0.5 % for one standard error of a deviation; rounding adds a variance of 1/12
    assert np.std(neurons_of(jittered)) == pytest.approx(np.sqrt(4.0 + 1 / 12), rel=0.03)
    assert np.std(jittered.spike_times) == pytest.approx(3.0, rel=0.03)
    rim = preprocess_spikes(np.full(1000, 50.0), np.zeros(1000, int), NEURONS)
    assert 400 < len(Augment([Jitter(5.0)], 1)(0, 0, rim).spike_times) < 600
    assert not len(Augment([Jitter(1e300)], 1)(0, 0, rim).spike_times)  # further than whole numbers go


def test_drop_and_limit() -> None:
    many = preprocess_spikes(np.arange(10_000) / 100, np.arange(10_000) % NEURONS, NEURONS)
    assert len(Augment([Drop(0.3)], 1)(0, 0, many).spike_times) == pytest.approx(7000, abs=200)  # 4 standard errors
    assert pairs(Augment([Drop(0.0)], 1)(0, 0, many)) == pairs(many)
    assert not len(Augment([Drop(1.0)], 1)(0, 0, many).spike_times)
    limited = Augment([LimitSpikes(700)], 1)(0, 0, many)
    assert len(limited.spike_times) == 700 and set(pairs(limited)) <= set(pairs(many))
    assert pairs(Augment([LimitSpikes(700)], 1)(0, 0, EXAMPLES[0])) == pairs(EXAMPLES[0])


def test_delay_line_repeats_all_channels() -> None:
    (delayed,) = Augment([DelayLine(3, 10.0)]).all(EXAMPLES[:1])
    expected = [(n + k * NEURONS, t + k * 10.0) for k in range(3) for n, t in pairs(EXAMPLES[0])]
    assert pairs(delayed) == expected
    assert len(delayed.end_spikes) == 3 * NEURONS


def test_blend_meets_the_common_centre_with_half_of_both() -> None:
    first = preprocess_spikes(np.linspace(10, 30, 2000), np.full(2000, 4), NEURONS)
    second = preprocess_spikes(np.linspace(50, 70, 2000), np.full(2000, 8), NEURONS)
    blended = Augment([Blend([first, second], [1, 1], 1.0)], 1)(0, 0, first)
    assert set(neurons_of(blended)) == {6}
    assert len(blended.spike_times) == pytest.approx(2000, abs=150)  # 4000 spikes, each kept with 1/2: deviation 32
    assert blended.spike_times.mean() == pytest.approx(40.0, abs=0.6)
    assert blended.spike_times.min() >= 30.0 and blended.spike_times.max() <= 50.0
    alone = Blend([first, second], [0, 1], 1.0)
    assert pairs(Augment([alone], 1)(0, 0, first)) == pairs(first)
    empty = preprocess_spikes([], np.zeros(0, int), NEURONS)
    assert pairs(Augment([Blend([first, empty], [0, 0], 1.0)], 1)(0, 0, first)) == pairs(first)


@pytest.mark.parametrize(
    ("create", "message"),
    [
        (lambda: Shift(-1), "Shift needs a whole number of channels and a time, neither negative, got -1 and 0.0"),
        (lambda: Shift(1.5), "Shift needs a whole number of channels"),  # type: ignore[arg-type]
        (lambda: Dilate(2.0, 1.0), "Dilate needs factors 0 < lowest <= highest, got 2.0 and 1.0"),
        (lambda: Jitter(-1.0), "Jitter needs standard deviations that are not negative, got -1.0 and 0.0"),
        (lambda: Drop(1.5), "Drop needs a probability from 0 to 1, got 1.5"),
        (lambda: LimitSpikes(0), "LimitSpikes needs a whole number from 1, got 0"),
        (lambda: Shift(np.nan), "Shift needs a whole number of channels"),  # type: ignore[arg-type]
        (lambda: LimitSpikes(np.inf), "LimitSpikes needs a whole number from 1, got inf"),  # type: ignore[arg-type]
        (lambda: DelayLine(np.nan, 1.0), "DelayLine needs copies from 1"),  # type: ignore[arg-type]
        (lambda: DelayLine(0, 1.0), "DelayLine needs copies from 1 and a delay that is not negative, got 0 and 1.0"),
        (lambda: Blend(EXAMPLES, [0]), r"Blend needs a label for each of 6 examples, got shape \(1,\)"),
        (lambda: Blend(EXAMPLES[:2], [[0], [1, 2]]), "labels to blend by must be one array, not lists of different"),
        (
            lambda: Augment([DelayLine(2, 1.0), Blend(EXAMPLES, LABELS, 1.0)])(0, 0, EXAMPLES[0]),
            "Blend has examples of 20 channels, but one of 40 is to be blended; put DelayLine after Blend",
        ),
        (lambda: Blend(EXAMPLES, LABELS, 2.0), "Blend needs a probability from 0 to 1, got 2.0"),
        (lambda: Augment(["shift"]), "augmentation 0 is 'shift'; give Augmentation objects"),  # type: ignore[list-item]
        (lambda: Augment([Drop]), "augmentation 0 is <class .*Drop'>; give Augmentation objects"),  # type: ignore[list-item]
        (lambda: Augment(Drop(0.1)), r"Augment takes a list of augmentations, \[Drop\(...\)\], got one alone"),  # type: ignore[arg-type]
        (lambda: Augment([])(0, 3, np.ones(4)), "example 3 is a ndarray; augmentations change PreprocessedSpikes"),  # type: ignore[arg-type]
        (lambda: Augment([])(-1, 0, EXAMPLES[0]), "epochs and examples are counted from 0, got epoch -1 and example 0"),
        (lambda: Augment([], -1), "the seed of augmentations must be a whole number from 0, got -1"),
        (
            lambda: Augment([Blend(EXAMPLES, LABELS)])(0, 6, EXAMPLES[0]),
            "Blend has labels of 6 examples, but example 6 is to be blended",
        ),
    ],
)
def test_refused(create: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        create()


def test_train_learns_changed_examples() -> None:
    with SequentialNetwork(default_params) as network:
        source = InputLayer(SpikeInput(), NEURONS)
        output = Layer(Dense(np.zeros((NEURONS, 3))), LeakyIntegrate(readout="avg_var"), 3, Exponential(5.0))
    compiler = EventPropCompiler(
        110, "sparse_categorical_crossentropy", batch_size=4, optimiser="sgd", rng_seed=1, num_threads=1
    )
    seen = []

    def silent(epoch: int, index: int, spikes: PreprocessedSpikes) -> PreprocessedSpikes:
        seen.append((epoch, index))
        return Augment([Drop(1.0)])(epoch, index, spikes)

    data = ({source: EXAMPLES}, {output: LABELS})
    with compiler.compile(network) as trained:
        trained.train(*data, 2, callbacks=[], augment=silent)
        weights = trained.connection_populations[output.connection()].vars["g"].view
        assert sorted(seen) == [(epoch, index) for epoch in (0, 1) for index in range(6)]
        assert not np.any(weights)  # no spikes, nothing to learn
        trained.train(*data, 1, callbacks=[], augment={source: Augment([Drop(0.5)])})
        assert np.any(weights)
        with pytest.raises(DescriptionError, match="augment must be a function of epoch, number and example, as"):
            trained.train(*data, 1, callbacks=[], augment=[Drop(0.5)])
        with pytest.raises(DescriptionError, match=r"augment is given for .*; there are examples of"):
            trained.train(*data, 1, callbacks=[], augment={output: silent})


def test_one_function_for_several_inputs_is_refused() -> None:
    from ml_genn.runtime.training_data import augmented

    with pytest.raises(
        DescriptionError, match="augment must be a dictionary by input where there are several, as here: a, b"
    ):
        augmented({"a": EXAMPLES, "b": EXAMPLES}, Augment([]), 0)
