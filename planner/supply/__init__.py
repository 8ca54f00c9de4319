"""What every way of getting compute is built from.

``market``: what an option is given. ``rules``: what it may serve. Rented: ``placing`` (which offer), ``renting``
(hours, lines), ``transfer`` (data), ``interruptions``, ``energy``, ``service`` (replicas). Held, used or not:
``fixed``, ``capacity``, ``sizing``. With any: ``overheads``, ``combined`` (several as one), ``credits``.
"""
