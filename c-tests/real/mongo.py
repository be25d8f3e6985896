"""A MongoDB server as far as a client's first words need one: isMaster and ping, on loopback.

A request comes as OP_QUERY (the first isMaster of a connection) or as OP_MSG (all else), each a BSON
document behind a header of 16 bytes; the answer goes back the same way.
"""

import contextlib
import os
import selectors
import signal
import socket
import struct

import bson

from resolving import BROKEN, arm

OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013
IS_MASTER = {"ismaster": True, "msg": "isdbgrid", "minWireVersion": 0, "maxWireVersion": 6,
             "maxBsonObjectSize": 1 << 24, "maxMessageSizeBytes": 48000000, "maxWriteBatchSize": 1000}


def answer(number, opcode, body):
    if opcode == OP_QUERY:  # flags, collection name up to its NUL, two numbers, the document
        command = bson.decode(body[body.index(b"\0", 4) + 9:])
    elif opcode == OP_MSG:  # flags, kind of section, the document
        command = bson.decode(body[5:])
    else:
        raise ValueError(f"opcode {opcode}")
    name = next(iter(command)).lower()
    document = bson.encode({"ok": 1.0} | (IS_MASTER if name in ("ismaster", "hello") else {}))
    if opcode == OP_QUERY:
        kind, body = OP_REPLY, struct.pack("<iqii", 8, 0, 0, 1) + document
    else:
        kind, body = OP_MSG, struct.pack("<iB", 0, 0) + document
    return struct.pack("<iiii", 16 + len(body), 0, number, kind) + body


def serve(listeners):
    """One process, no threads: whoever connects is answered until it hangs up."""
    ready = selectors.DefaultSelector()
    for listener in listeners:
        ready.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in ready.select():
            if key.fileobj in listeners:
                connection, _ = key.fileobj.accept()
                ready.register(connection, selectors.EVENT_READ)
                continue
            header = b""
            with contextlib.suppress(OSError):
                header = key.fileobj.recv(16, socket.MSG_WAITALL)
                if len(header) == 16:
                    size, number, _, opcode = struct.unpack("<iiii", header)
                    body = key.fileobj.recv(size - 16, socket.MSG_WAITALL)
                    key.fileobj.sendall(answer(number, opcode, body))
            if len(header) < 16:
                ready.unregister(key.fileobj)
                key.fileobj.close()


@contextlib.contextmanager
def servers(addresses, ports=1):
    """The ports on which every one of `addresses` is answered, by a child process of its own."""
    listeners, numbers = [], []
    for _ in range(ports):
        first = socket.create_server((addresses[0], 0), backlog=512)
        numbers.append(first.getsockname()[1])
        listeners += [first] + [socket.create_server((address, numbers[-1]), backlog=512) for address in addresses[1:]]
    seconds, _ = signal.getitimer(signal.ITIMER_REAL)
    pid = os.fork()
    if pid == 0:
        try:
            arm(seconds)
            serve(listeners)
        finally:
            os._exit(BROKEN)
    for listener in listeners:
        listener.close()
    try:
        yield numbers
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
