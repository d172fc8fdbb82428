"""The public face of splitbrain."""
