"""Delays in EventProp: how synapse code finds the timestep in which a spike arrives.

A spike of timestep s arrives at a synapse with delay d in timestep s + 1 + d. The backward phase undoes the spike and
all its arrivals together, once it has come down to timestep s + 1, so it looks at the adjoint of the target as it was
d backward steps before. The engine keeps the last steps of each target's adjoint, which takes memory in proportion to
neurons times the longest delay, however many synapses there are. What arrives after the end of the trial finds the
zeros of the forward phase.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from ...access import VarAccess
from ...connection import Connection
from ...connectivity import ConnectivitySnippet
from ...errors import DescriptionError
from ...model import Param, Var
from ...values import is_initializer, is_number
from ..delays import longest_delay

GRADIENT = "DelayGradient"
"""Variable of synapses whose delays are learnt: dL/dd, d in timesteps."""


@final
@dataclass(frozen=True, kw_only=True)
class Delay:
    """How long the synapses of a connection delay spikes.

    Args:
        steps: expression of the delay of a synapse [timesteps]; empty where there is none.
        longest: its largest value.
        params, vars: what it reads.
    """

    steps: str = ""
    longest: int | None = None
    params: tuple[Param, ...] = ()
    vars: tuple[Var, ...] = ()

    @property
    def declaration(self) -> str:
        """Code that gives a delay that differs between synapses the name Steps."""
        return f"const int Steps = {self.steps};\n" if self.vars else ""

    def seen(self, name: str) -> str:
        """The target's variable `name` as it was when the spike arrived."""
        return f"{name}[{'Steps' if self.vars else self.steps}]" if self.steps else name

    def send(self, weight: str) -> str:
        """Code that adds a weight to the target's input."""
        return f"addToPostDelay({weight}, {self.steps});" if self.steps else f"addToPost({weight});"


def learnt_delay(connection: Connection, snippet: ConnectivitySnippet, timesteps: int) -> Delay:
    """A delay d of each synapse that is learnt: a real number, rounded to timesteps where spikes are sent.

    Args:
        connection, snippet, timesteps: as for `delay_of`.

    Raises:
        DescriptionError: nothing says how long delays may become, or they are longer than that.
    """
    longest_delay(connection, snippet.delay)
    kept = min(room_for_delays(connection), timesteps)
    return Delay(
        steps=f"min(max((int)rint(d), 0), {kept})",
        longest=kept,
        vars=(
            Var("d", snippet.delay, access=VarAccess.READ_ONLY),
            Var(GRADIENT, 0.0, access=VarAccess.REDUCE_BATCH_SUM),
        ),
    )


def room_for_delays(connection: Connection) -> int:
    """How long the delays of a connection may become [timesteps].

    Raises:
        DescriptionError: nobody says.
    """
    if connection.max_delay_steps is None:
        raise DescriptionError(
            f"Maximum delay steps must be specified for Connection {connection.name} with delay learning; "
            "give it max_delay_steps"
        )
    return int(connection.max_delay_steps)


def delay_of(connection: Connection, snippet: ConnectivitySnippet, timesteps: int) -> Delay:
    """The delay of a connection whose delays stay as they are.

    Args:
        connection: the connection.
        snippet: how it is stored.
        timesteps: timesteps per trial; spikes that take longer never arrive, so that nothing is kept for them.

    Raises:
        DescriptionError: delays are drawn and nothing says how long they may be, or they are longer than that.
    """
    longest = longest_delay(connection, snippet.delay)
    kept = min(longest, timesteps)
    if is_number(snippet.delay):
        return Delay(steps="Delay", longest=kept, params=(Param("Delay", kept, "int"),)) if longest else Delay()
    value: Any = snippet.delay if is_initializer(snippet.delay) else np.round(snippet.delay)
    kind = "uint8_t" if longest < 256 else "uint16_t"
    return Delay(
        steps="d" if kept == longest else f"min((int)d, {kept})",
        longest=kept,
        vars=(Var("d", value, kind, access=VarAccess.READ_ONLY),),
    )
