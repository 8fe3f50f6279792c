"""The callbacks of one run, by the import path of earlier versions."""

from ..callbacks import CallbackList as CallbackList
