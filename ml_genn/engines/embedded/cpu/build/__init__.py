"""From C text to a shared library on disk: toolchain, flags, cache and the compiler's run."""

from __future__ import annotations

from ml_genn.engines.embedded.cpu.build.cache import CacheInfo as CacheInfo
from ml_genn.engines.embedded.cpu.build.cache import cache_clear as cache_clear
from ml_genn.engines.embedded.cpu.build.cache import cache_folder as cache_folder
from ml_genn.engines.embedded.cpu.build.cache import cache_info as cache_info
from ml_genn.engines.embedded.cpu.build.cache import find as find
from ml_genn.engines.embedded.cpu.build.cache import forget as forget
from ml_genn.engines.embedded.cpu.build.compile import build_library as build_library
from ml_genn.engines.embedded.cpu.build.compile import current_key as current_key
from ml_genn.engines.embedded.cpu.build.notes import read_note as read_note
from ml_genn.engines.embedded.cpu.build.notes import write_note as write_note
from ml_genn.engines.embedded.cpu.build.toolchain import Toolchain as Toolchain
from ml_genn.engines.embedded.cpu.build.toolchain import find_toolchain as find_toolchain
