"""Built-in custom update models."""

from __future__ import annotations

from ml_genn.access import VarAccessMode
from ml_genn.engines.embedded.declarations import VarRef
from ml_genn.engines.embedded.models import CustomUpdateModel

# Copies the transpose of a variable of dense synapses: create_wu_var_ref(group, name, opposite, its_name).
TRANSPOSE = CustomUpdateModel("Transpose", var_refs=(VarRef("variable", "scalar", VarAccessMode.READ_ONLY),))

CUSTOM_UPDATE_MODELS = {model.name: model for model in (TRANSPOSE,)}
