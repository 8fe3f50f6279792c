"""Networks of other tools: what goes out of this package and comes into it through common file formats."""
