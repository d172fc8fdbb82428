"""The specification of splitbrain, as tests."""
