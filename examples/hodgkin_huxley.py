"""The squid axon of Hodgkin and Huxley, written as model code, beside an integration by scipy.

C dV/dt = I - gNa m^3 h (V - ENa) - gK n^4 (V - EK) - gL (V - EL); dx/dt = alpha_x (1 - x) - beta_x x for x = m, h, n.
V in mV with rest at -65, t in ms, conductances in mS/cm^2, I in uA/cm^2. Source: Hodgkin and Huxley 1952, "A
quantitative description of membrane current and its application to conduction and excitation in nerve". Needs scipy and
matplotlib.

    python examples/hodgkin_huxley.py [FIGURE.png]
"""

from __future__ import annotations

import sys

import numpy as np
from scipy.integrate import solve_ivp

from ml_genn.engines.embedded import GeNNModel, create_neuron_model

CURRENT, START = 10.0, {"V": -65.0, "m": 0.05, "h": 0.6, "n": 0.32}

NEURON = create_neuron_model(
    "hodgkin_huxley",
    params=["I"],
    vars=[("V", "scalar"), ("m", "scalar"), ("h", "scalar"), ("n", "scalar")],
    sim_code="""
    scalar am = 0.1 * (V + 40.0) / (1.0 - exp(-(V + 40.0) / 10.0));
    scalar bm = 4.0 * exp(-(V + 65.0) / 18.0);
    scalar ah = 0.07 * exp(-(V + 65.0) / 20.0);
    scalar bh = 1.0 / (1.0 + exp(-(V + 35.0) / 10.0));
    scalar an = 0.01 * (V + 55.0) / (1.0 - exp(-(V + 55.0) / 10.0));
    scalar bn = 0.125 * exp(-(V + 65.0) / 80.0);
    scalar sodium = 120.0 * m * m * m * h * (V - 50.0);
    scalar potassium = 36.0 * n * n * n * n * (V + 77.0);
    scalar leak = 0.3 * (V + 54.387);
    m += dt * (am * (1.0 - m) - bm * m);
    h += dt * (ah * (1.0 - h) - bh * h);
    n += dt * (an * (1.0 - n) - bn * n);
    V += dt * (I - sodium - potassium - leak);
    """,
)


def simulate(dt: float, milliseconds: float) -> np.ndarray:
    """V after each step, by the engine."""
    model = GeNNModel("double", "hodgkin_huxley")
    model.dt = dt
    steps = round(milliseconds / dt)
    neuron = model.add_neuron_population("n", 1, NEURON, {"I": CURRENT}, START)
    model.build()
    model.load()
    recording = model.record_variable(neuron.vars["V"], steps)
    model.step_time(steps)
    return recording.values[0, :, 0]


def integrate(times: np.ndarray) -> np.ndarray:
    """V at some times, by scipy."""

    def slope(_: float, state: np.ndarray) -> list[float]:
        v, m, h, n = state
        rates = (
            (0.1 * (v + 40) / -np.expm1(-(v + 40) / 10), 4 * np.exp(-(v + 65) / 18), m),
            (0.07 * np.exp(-(v + 65) / 20), 1 / (1 + np.exp(-(v + 35) / 10)), h),
            (0.01 * (v + 55) / -np.expm1(-(v + 55) / 10), 0.125 * np.exp(-(v + 65) / 80), n),
        )
        current = 120 * m**3 * h * (v - 50) + 36 * n**4 * (v + 77) + 0.3 * (v + 54.387)
        return [CURRENT - current, *(alpha * (1 - x) - beta * x for alpha, beta, x in rates)]

    span = (0.0, float(times[-1]))
    found = solve_ivp(slope, span, list(START.values()), t_eval=times, method="LSODA", rtol=1e-10, atol=1e-10)
    voltage: np.ndarray = found.y[0]
    return voltage


def main() -> None:
    """Draws both."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    dt, milliseconds = 0.005, 50.0
    voltage = simulate(dt, milliseconds)
    times = np.arange(1, len(voltage) + 1) * dt
    exact = integrate(times)
    print(f"mean difference {np.abs(voltage - exact).mean():.3f} mV over {milliseconds:g} ms")
    plt.plot(times, voltage, label="engine")
    plt.plot(times, exact, "--", linewidth=0.8, label="scipy")
    plt.xlabel("time (ms)")
    plt.ylabel("V (mV)")
    plt.legend()
    plt.savefig(sys.argv[1] if len(sys.argv) > 1 else "hodgkin_huxley.png", dpi=120)


if __name__ == "__main__":
    main()
