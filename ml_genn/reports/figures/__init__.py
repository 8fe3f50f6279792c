"""Geometry of the figures on a page, no markup: a figure fills any width while its text keeps its size."""

from .axis import Tick as Tick
from .bars import Share as Share
from .bars import histogram_path as histogram_path
from .bars import relative as relative
from .bars import shares as shares
from .bars import timing_shares as timing_shares
from .cells import LEVELS as LEVELS
from .cells import Cells as Cells
from .cells import DensityFigure as DensityFigure
from .cells import cells as cells
from .cells import density_figure as density_figure
from .cells import shade as shade
from .curve import CurveFigure as CurveFigure
from .curve import curve_figure as curve_figure
from .inputs import Picture as Picture
from .inputs import Trace as Trace
from .inputs import picture as picture
from .inputs import trace as trace
from .interval import IntervalFigure as IntervalFigure
from .interval import interval_figure as interval_figure
