"""Gymnasium environments and training for language models that know when they are right.

Importing this package registers the environments, so that `gym.make("MathCCRL-v0")` works. Nothing heavy is
loaded: no torch, no transformers, no sympy.
"""

from . import envs as envs  # registers the environments

__version__ = "0.1.0"
