"""Where to run deep learning, what it costs, and whether it pays."""
