"""Side by side with other converters, where they are installed in a Python of their own."""
