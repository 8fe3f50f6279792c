"""The built-in models and snippets, as data, by PyGeNN's names."""
