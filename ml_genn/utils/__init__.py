"""Import paths of earlier versions."""

from . import data as data
