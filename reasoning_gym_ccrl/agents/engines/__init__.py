"""Engines: what samples tokens from a model, behind one protocol (`base.Engine`)."""
