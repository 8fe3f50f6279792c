"""Changes of spike trains while a network learns, drawn from seed, epoch and example: `train(augment=...)`."""

from __future__ import annotations

from .augment import Augment as Augment
from .augmentation import Augmentation as Augmentation
from .blend import Blend as Blend
from .delay_line import DelayLine as DelayLine
from .dilate import Dilate as Dilate
from .drop import Drop as Drop
from .jitter import Jitter as Jitter
from .limit import LimitSpikes as LimitSpikes
from .shift import Shift as Shift

__all__ = ["Augment", "Augmentation", "Blend", "DelayLine", "Dilate", "Drop", "Jitter", "LimitSpikes", "Shift"]
