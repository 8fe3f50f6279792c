"""Built-in current sources."""

from __future__ import annotations

from ml_genn.engines.embedded.declarations import Param
from ml_genn.engines.embedded.models import CurrentSourceModel

# amp in nA.
DC = CurrentSourceModel("DC", params=(Param("amp"),), injection_code="injectCurrent(amp);")

# A new draw in each step; mean and sd in nA.
GAUSSIAN_NOISE = CurrentSourceModel(
    "GaussianNoise",
    params=(Param("mean"), Param("sd")),
    injection_code="injectCurrent(mean + gennrand_normal() * sd);",
)

CURRENT_SOURCE_MODELS = {model.name: model for model in (DC, GAUSSIAN_NOISE)}
