"""Connectivity: which neurons are connected, with what weights and delays."""

from ..registry import CONNECTIVITY
from .avg_pool_2d import AvgPool2D as AvgPool2D
from .avg_pool_conv_2d import AvgPoolConv2D as AvgPoolConv2D
from .avg_pool_dense_2d import AvgPoolDense2D as AvgPoolDense2D
from .connectivity import Connectivity as Connectivity
from .connectivity import ConnectivitySnippet as ConnectivitySnippet
from .conv_2d import Conv2D as Conv2D
from .conv_2d_transpose import Conv2DTranspose as Conv2DTranspose
from .dense import Dense as Dense
from .fixed_probability import FixedProbability as FixedProbability
from .max_pool_2d import MaxPool2D as MaxPool2D
from .one_to_one import OneToOne as OneToOne
from .sharing import Sharing as Sharing
from .sparse import Sparse as Sparse

CONNECTIVITY.add(
    AvgPool2D,
    AvgPoolConv2D,
    AvgPoolDense2D,
    Conv2D,
    Conv2DTranspose,
    Dense,
    FixedProbability,
    MaxPool2D,
    OneToOne,
    Sparse,
)
default_connectivity = CONNECTIVITY.default_classes
