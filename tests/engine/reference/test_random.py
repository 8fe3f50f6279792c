"""Random numbers: known answers, distributions with stated bounds, independence of batch size and schedule."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ml_genn.engines.embedded.language.types import DOUBLE, FLOAT, UINT32, NumericType, Precision
from ml_genn.engines.embedded.plan.plan import Builtin, Clock, InputBlock, Value
from ml_genn.engines.embedded.plan.random import philox
from tests.engine.plans import PlanMaker, load

EXACT = Precision(DOUBLE, DOUBLE)

# Salmon et al.'s own test vectors, file kat_vectors of Random123: counter, key, output of philox4x32 with 10 rounds
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_philox_gives_the_published_words(
    counter: tuple[int, ...], key: tuple[int, int], expected: tuple[int, ...]
) -> None:
    element, example, timestep, last = counter
    words = philox(
        np.array(element), np.array(example), timestep, last >> 16, np.array(last & 0xFFFF), key[0] | key[1] << 32
    )
    assert tuple(int(word) for word in words) == expected


def sample(
    code: str, *, precision: Precision = EXACT, neurons: int = 100_000, type_: NumericType | None = None
) -> np.ndarray:
    """One value per neuron of an expression."""
    maker = PlanMaker(precision=precision, seed=1234)
    x = maker.variable("x", neurons, type_=type_)
    maker.neurons("pop", neurons, sim=maker.code(f"x = {code};", {"x": x}))
    executable, storage = load(maker)
    executable.run(Clock(), 1)
    return storage["x"].ravel()


DISTRIBUTIONS = [
    ("gennrand_uniform()", stats.uniform()),
    ("gennrand_normal()", stats.norm()),
    ("gennrand_exponential()", stats.expon()),
    ("gennrand_log_normal(0.5, 0.25)", stats.lognorm(s=0.25, scale=np.exp(0.5))),
    ("gennrand_gamma(2.5)", stats.gamma(2.5)),
    ("gennrand_gamma(0.3)", stats.gamma(0.3)),
]


@pytest.mark.parametrize("precision", [Precision(), EXACT], ids=["float", "double"])
@pytest.mark.parametrize(("code", "distribution"), DISTRIBUTIONS, ids=[code for code, _ in DISTRIBUTIONS])
def test_distributions(code: str, distribution: stats.rv_continuous, precision: Precision) -> None:
    """Kolmogorov-Smirnov; a right sample of fixed seed fails with probability 1e-4, a wrong one of 100,000 surely."""
    assert stats.kstest(sample(code, precision=precision), distribution.cdf).pvalue > 1e-4


def test_binomial() -> None:
    drawn = sample("gennrand_binomial(7, 0.3)", type_=UINT32)
    counts, expected = np.bincount(drawn, minlength=8), stats.binom(7, 0.3).pmf(np.arange(8)) * drawn.size
    assert stats.chisquare(counts, expected).pvalue > 1e-4
    assert set(sample("gennrand_binomial(5, 1.0)", neurons=50, type_=UINT32)) == {5}
    assert set(sample("gennrand_binomial(5, 0.0)", neurons=50, type_=UINT32)) == {0}


@pytest.mark.parametrize("shape", ["-1.0", "0.0", "sqrt(-1.0)", "1.0 / 0.0"])
def test_gamma_of_what_is_no_shape_is_not_a_number(shape: str) -> None:
    assert np.isnan(sample(f"gennrand_gamma({shape})", neurons=3)).all()


def test_first_draws_are_the_documented_words() -> None:
    words = philox(np.arange(3), np.array(0), 0, 1, np.array(0), 1234)
    np.testing.assert_array_equal(sample("gennrand()", neurons=3, type_=UINT32), words[0])
    np.testing.assert_array_equal(
        sample("gennrand_uniform()", precision=Precision(), neurons=3),
        ((words[0] >> 8) + 1).astype(np.float32) * np.float32(2**-24),
    )
    np.testing.assert_array_equal(
        sample("gennrand_uniform()", neurons=3),
        [((int(high) << 21 | int(low) >> 11) + 1) / 2**53 for high, low in zip(*words[:2], strict=True)],
    )


def noise(batch_size: int, offset: int, timesteps: int = 3) -> np.ndarray:
    """V [batch][neuron] of neurons that sum noise, under a mask that differs between them."""
    maker = PlanMaker(batch_size=batch_size, precision=EXACT, seed=7)
    names = {"V": maker.variable("V", 5), "id": Value(Builtin.ID)}
    maker.neurons("pop", 5, sim=maker.code("for (uint32_t i = 0; i <= id; i++) { V += gennrand_uniform(); }", names))
    executable, storage = load(maker)
    executable.run(Clock(example_offset=offset), timesteps)
    return storage["V"][0]


def test_draws_do_not_depend_on_the_batch() -> None:
    whole = noise(6, 0)
    np.testing.assert_array_equal(np.concatenate([noise(2, 0), noise(3, 2), noise(1, 5)]), whole)
    assert np.unique(whole).size == whole.size


def test_draws_are_counted_by_each_element() -> None:
    """Element i makes i + 1 draws a step: draw d of step n is word 0 of counter (i, example, n, d)."""
    expected = np.zeros(5)
    for i in range(5):
        for n in range(3):
            for d in range(i + 1):
                high, low, _, _ = philox(np.array(i), np.array(4), n, 1, np.array(d), 7)
                expected[i] += ((int(high) << 21 | int(low) >> 11) + 1) / 2**53
    np.testing.assert_array_equal(noise(1, 4)[0], expected)


def test_streams_have_their_own_counts() -> None:
    maker = PlanMaker(precision=EXACT)
    names = {name: maker.variable(name, 1, type_=UINT32) for name in ("a", "b", "c")}
    blocks = [maker.code(f"{name} = gennrand();", {name: names[name]}) for name in ("a", "b")]
    inputs = (InputBlock(blocks[0], "Isyn", 5), InputBlock(blocks[1], "Isyn", 6))
    maker.neurons(
        "pop", 1, accumulators=(("Isyn", FLOAT, 0.0),), inputs=inputs, sim=maker.code("c = gennrand();", names)
    )
    executable, storage = load(maker)
    executable.run(Clock(timestep=9), 1)
    for name, stream in (("a", 5), ("b", 6), ("c", 1)):
        assert storage[name].item() == philox(np.array(0), np.array(0), 9, stream, np.array(0), 0)[0]


def test_neighbouring_counters_are_uncorrelated() -> None:
    """Correlation of 10,000 pairs lies within 5 / sqrt(10,000) of zero but for one seed in 2 million."""
    draws = sample("gennrand_uniform()", neurons=10_001)
    assert abs(np.corrcoef(draws[:-1], draws[1:])[0, 1]) < 0.05
