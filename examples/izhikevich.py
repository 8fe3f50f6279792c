"""A regular spiking neuron of Izhikevich, written as model code, beside an integration by scipy.

dV/dt = 0.04 V^2 + 5 V + 140 - U + I, dU/dt = a (b V - U); at V = 30: V = c, U = U + d. V in mV, t in ms.
Source: Izhikevich 2003, "Simple model of spiking neurons". Needs scipy and matplotlib.

    python examples/izhikevich.py [FIGURE.png]
"""

from __future__ import annotations

import sys

import numpy as np
from scipy.integrate import solve_ivp

from ml_genn.engines.embedded import GeNNModel, create_neuron_model

A, B, C, D, CURRENT, START = 0.02, 0.2, -65.0, 8.0, 10.0, (-65.0, -13.0)

NEURON = create_neuron_model(
    "izhikevich",
    params=["a", "b", "c", "d", "I"],
    vars=[("V", "scalar"), ("U", "scalar")],
    sim_code="""
    scalar dV = 0.04 * V * V + 5.0 * V + 140.0 - U + I;
    scalar dU = a * (b * V - U);
    V += dt * dV;
    U += dt * dU;
    """,
    threshold_condition_code="V >= 30.0",
    reset_code="V = c; U += d;",
)


def simulate(dt: float, milliseconds: float) -> tuple[np.ndarray, np.ndarray]:
    """V after each step, and times of spikes, by the engine."""
    model = GeNNModel("double", "izhikevich")
    model.dt = dt
    steps = round(milliseconds / dt)
    start = {"V": START[0], "U": START[1]}
    neuron = model.add_neuron_population("n", 1, NEURON, {"a": A, "b": B, "c": C, "d": D, "I": CURRENT}, start)
    neuron.spike_recording_enabled = True
    model.build()
    model.load(num_recording_timesteps=steps)
    recording = model.record_variable(neuron.vars["V"], steps)
    model.step_time(steps)
    return recording.values[0, :, 0], neuron.spike_recording_data[0][0] + dt


def integrate(milliseconds: float) -> np.ndarray:
    """Times of spikes, by scipy."""

    def slope(_: float, state: np.ndarray) -> list[float]:
        v, u = state
        return [0.04 * v * v + 5.0 * v + 140.0 - u + CURRENT, A * (B * v - u)]

    def peak(_: float, state: np.ndarray) -> float:
        return float(state[0] - 30.0)

    peak.terminal = True  # type: ignore[attr-defined]
    time, state, spikes = 0.0, np.array(START), []
    while time < milliseconds:
        found = solve_ivp(slope, (time, milliseconds), state, events=peak, rtol=1e-10, atol=1e-10)
        time, state = found.t[-1], np.array([C, found.y[1, -1] + D])
        if found.status == 1:
            spikes.append(time)
    return np.array(spikes)


def main() -> None:
    """Draws both."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    dt, milliseconds = 0.01, 200.0
    voltage, spikes = simulate(dt, milliseconds)
    exact = integrate(milliseconds)
    print(f"{len(spikes)} spikes, at most {np.abs(spikes - exact).max():.3f} ms from scipy's")
    plt.plot(np.arange(1, len(voltage) + 1) * dt, voltage, linewidth=0.8, label="engine")
    plt.plot(exact, np.full(len(exact), 32.0), "v", label="spikes of scipy's integration")
    plt.xlabel("time (ms)")
    plt.ylabel("V (mV)")
    plt.legend(loc="lower right")
    plt.savefig(sys.argv[1] if len(sys.argv) > 1 else "izhikevich.png", dpi=120)


if __name__ == "__main__":
    main()
