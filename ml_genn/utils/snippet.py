"""What initializers of your own return, by the import path of earlier versions."""

from ..initializers import InitializerSnippet as InitializerSnippet
