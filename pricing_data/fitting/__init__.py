"""Fits the estimator on the measured tables; run by ``pricing_data/fit.py``."""
