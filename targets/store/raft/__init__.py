"""Raft as a pure core: an event in; messages, a record to save, commands to apply and reads out.

Rules name their source: "Raft" is Ongaro and Ousterhout, *In Search of an Understandable Consensus
Algorithm (Extended Version)*, 2014; "thesis" is Ongaro, *Consensus: Bridging Theory and Practice*,
2014. One module an idea: `log` what is stored, `election` who leads, `replication` how followers
get the log, `reads` how a leader answers without writing, `core` how the four play together.
"""
