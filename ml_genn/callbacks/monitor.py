"""The number of an epoch that a callback watches."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from ..errors import DescriptionError
from ..values import Choice, Switch

FIELDS = {
    "loss": "loss",
    "metric": "metrics",
    "validation_loss": "validation_loss",
    "validation_metric": "validation_metrics",
}


@final
class Monitor:
    """One number for each epoch, the larger the better: a loss counts negative.

    Args:
        what: "loss", "metric", "validation_loss" or "validation_metric", a mean over outputs.
        lower_is_better: whether the metric is an error.
        owner: the class that watches, for messages.
    """

    what = Choice(*FIELDS)
    lower_is_better = Switch()

    def __init__(self, what: str, *, lower_is_better: bool, owner: str) -> None:
        self.what = what
        self.lower_is_better = lower_is_better
        self._owner = owner

    def value(self, network: Any) -> float:
        """That of the last epoch.

        Raises:
            DescriptionError: there are no validation data.
        """
        found = getattr(network.history[-1], FIELDS[self.what])
        if found is None:
            raise DescriptionError(
                f"{self._owner} watches the {self.what.replace('_', ' ')}, but there are no validation data; give "
                f"validation_split, or watch the {self.what.removeprefix('validation_')}"
            )
        value = float(np.mean([np.mean(item) for item in found.values()]))
        return -value if "loss" in self.what or self.lower_is_better else value
