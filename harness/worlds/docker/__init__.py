"""The `docker` world: every node a container, and the controller talks to it as to any machine.

The engine makes the network and the containers and later removes them. Everything in between goes
over SSH, as it would on real machines::

    controller                                        Docker engine
    ┌─────────────────────┐   network, containers    ┌───────────────────────────────┐
    │ world, container    ├─────────────────────────▶│ bridge network of this run    │
    │ node, shell         │   ssh (127.0.0.1:…)      │  ┌────────────┐ ┌────────────┐│
    │ links               ├─────────────────────────▶│  │ n1: sshd   │ │ n2: sshd   ││
    │ clients             │   client ports           │  │  supervisor│ │  supervisor││
    │                     ├─────────────────────────▶│  │   └ server ├▶│   └ server ││
    └─────────────────────┘   (127.0.0.1:…)          │  └────────────┘ └────────────┘│
                                                     └───────────────────────────────┘

`image` builds what the nodes run (`sources` and `chroot` when no registry answers), `keys` and
`keyring` make the run's SSH keys, `links` and `firewall` cut, `supervisor` is the one program of
ours on a node, `labels` and `cleanup` know what belongs to whom, `doctor` tells what this machine
lacks.
"""
