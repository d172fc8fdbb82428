"""Tests of `harness.checker.promises`."""
