"""Tests of reading histories."""
