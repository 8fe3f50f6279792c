"""What NIR has no field for, as text in the metadata of nodes; other readers pass over it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...errors import MlGennError
from ...registry import Registry
from ...serialisers.plain import Reader, Writer

KEY = "ml_genn"


def add_note(node: Any, **fields: Any) -> None:
    """Write fields, anything that JSON holds, into a node's metadata."""
    node.metadata[KEY] = json.dumps(fields, sort_keys=True)


def read_note(node: Any) -> Mapping[str, Any]:
    """The fields of a node; none where there is no note, or one that is not ours."""
    metadata = node.metadata if isinstance(node.metadata, Mapping) else {}
    try:
        fields = json.loads(metadata.get(KEY, "{}"))
    except (TypeError, ValueError):
        return {}
    return fields if isinstance(fields, Mapping) else {}


def describe(obj: Any, registry: Registry) -> dict[str, Any]:
    """Class and arguments of an object as plain data, without those that are arrays: the node holds these."""
    plain = Writer().describe(obj, registry)
    arguments = {name: value for name, value in plain["arguments"].items() if not _is_array(value)}
    return {"name": plain["name"], "arguments": arguments}


def described(plain: Any, registry: Registry, obj: Any) -> Any:
    """`obj` with the arguments that plain data hold, or `obj` itself where they describe something else."""
    if not isinstance(plain, Mapping):
        return obj
    try:
        cls = registry.class_of(plain["name"])
        if type(obj) is not cls:
            return obj
        whole = Writer()
        own = whole.describe(obj, registry)["arguments"]
        return cls(**Reader(whole.arrays).arguments({"arguments": {**own, **plain["arguments"]}}))
    except (MlGennError, KeyError, TypeError, ValueError):
        return obj


def created(plain: Any, registry: Registry, otherwise: Any) -> Any:
    """The object that plain data describe, or `otherwise` where they describe none of the registry."""
    try:
        return Reader({}).create(plain, registry)
    except (MlGennError, KeyError, TypeError, ValueError):
        return otherwise


def _is_array(value: Any) -> bool:
    return isinstance(value, Mapping) and "array" in value
