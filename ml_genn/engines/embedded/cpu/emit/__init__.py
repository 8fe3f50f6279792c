"""From a plan to the text of one C translation unit, one file per role of a kernel."""
