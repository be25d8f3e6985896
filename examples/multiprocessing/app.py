"""Children that look names up, forked while the parent's threads are in the resolver.

forkproof run -- python3 app.py

glibc's getaddrinfo holds a lock of its own meanwhile; a child forked in that moment waits for it for ever.
"""

import multiprocessing
import os
import socket
import sys
import threading

CHILDREN = int(os.environ.get("CHILDREN", "40"))
PATIENCE = 3


def look_up():
    socket.getaddrinfo("localhost", 80, flags=socket.AI_ADDRCONFIG)


def keep_looking_up(ended):
    while not ended.is_set():
        look_up()


def main():
    ended = threading.Event()
    threads = [threading.Thread(target=keep_looking_up, args=(ended,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    context, hung = multiprocessing.get_context("fork"), 0
    for _ in range(CHILDREN):
        child = context.Process(target=look_up)
        child.start()
        child.join(PATIENCE)
        if child.is_alive():
            hung += 1
            child.kill()
            child.join()
        if hung >= 3:
            break
    ended.set()
    for thread in threads:
        thread.join()
    print("no child hung" if hung == 0 else f"{hung} children hung")
    return 1 if hung else 0


if __name__ == "__main__":
    sys.exit(main())
