"""The surroundings of a node that is a process: sockets by asyncio, files with fsync, real time."""
