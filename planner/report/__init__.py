"""Documents made from a decision: JSON, the FOCUS bill, the tree of a figure."""
