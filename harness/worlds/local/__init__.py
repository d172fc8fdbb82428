"""The `local` world: nodes are processes on this machine, and every link between them is a proxy.

Needs nothing: no root, no engine. `world` is the controller's side; `keeper` is a process of its
own that holds the nodes and the links, so that nothing outlives a crash of the controller.
"""
