"""Builders of the tables in pricing_data, one module per subject."""
