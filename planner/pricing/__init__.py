"""Live prices: one file or folder for each source, the way to the network, and what makes rows of their answers.

Only this package talks to the network, and only when a refresh asks it to. ``refresh`` is the way in; ``registry``
lists the sources; ``nouns`` says what a source is.
"""
