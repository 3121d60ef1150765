"""Measuring: calibration metrics, figures of an evaluation, pictures and the report. No training code."""
