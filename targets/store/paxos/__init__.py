"""Multi-Paxos as a replicated log: one instance of Paxos a slot, one leader for all of them.

Sources: *Simple* is Lamport, *Paxos Made Simple* (2001); *PMMC* is van Renesse and Altinbuken,
*Paxos Made Moderately Complex* (ACM Computing Surveys 47, 2015); *Live* is Chandra, Griesemer and
Redstone, *Paxos Made Live* (PODC 2007).

::

    candidate ── Prepare(b) ──▶ acceptors        phase 1, once for all open slots
              ◀─ Promise(b, what they accepted) ─
    leader    ── Accept(b, slot, value) ──▶       phase 2, for every slot
              ◀─ Accepted(b, slot) ────────
              ── Accept(…, commit) ──────▶        a majority accepted: chosen
"""
