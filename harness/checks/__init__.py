"""What a run is judged by besides the model: was it a test at all, and did the cluster behave?

Each check looks at one thing and gives a `Finding`; a run is as good as its worst.
"""

from harness.checks.finding import Finding, worst

__all__ = ["Finding", "worst"]
