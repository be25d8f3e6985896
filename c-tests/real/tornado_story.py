"""Tornado 4.5.3: the script of "KeyError in self._handlers" (Yusuke Tsutsumi, 2017).

The parent adds a handler to its loop; the child, which runs the loop it inherited, is woken
for a descriptor that it never added and raises the KeyError. It does so for ever: the author
warned that the script has to be killed.

Changed, and nothing else: the port is a free one; pipes stand where `time.sleep(0.1)` stood
and tell the child when to stop; the loop stops at its first traceback; the parent
runs its loop too, to see that the event reaches the process whose handler it is.

bare:    exit 12, the child has logged a KeyError
guarded: exit 0; inherited-poller repaired x1
guarded mode=observe: exit 12; inherited-poller reported x1
"""

import logging
import select
import signal
import socket
import os
import tornado.ioloop
import tornado.httpclient
import tornado.web

KEY_ERROR, OTHER_ERROR, CHILD_DEAF, HUNG = 12, 13, 14, 15


def rang(*_):
    os.write(2, b"hung: the alarm rang\n")
    os._exit(HUNG)


signal.signal(signal.SIGALRM, rang)
signal.alarm(20)

serversocket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
serversocket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
serversocket.bind(('127.0.0.1', 0))
serversocket.listen(1)

logging.basicConfig()

loop = tornado.ioloop.IOLoop.current()

raised = []
def first_only(record):
    raised.append(record.exc_info[0])
    loop.stop()
    return len(raised) == 1
logging.getLogger("tornado.application").addFilter(first_only)

# Both are made before the fork. The loop knows `end`, so that the child's loop has something
# to hear which it inherited; `started` is read directly.
started_reader, started = os.pipe()
end_reader, end = os.pipe()
heard = []
def end_heard(*args, **kwargs):
    heard.append("end")
    loop.stop()
loop.add_handler(end_reader, end_heard, select.EPOLLIN)

pid = os.fork()
if pid:
    def handler(*args, **kwargs):
        heard.append("client")
        loop.stop()
    loop.add_handler(serversocket.fileno(), handler, select.EPOLLIN)
    os.read(started_reader, 1)
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    client.connect(serversocket.getsockname())
    client.send(b"foo")

    loop.start()
    os.write(end, b"x")
    _, status = os.waitpid(pid, 0)
    if raised or heard != ["client"]:
        raise SystemExit(OTHER_ERROR)
    if status == 0:
        print("parent: my handler was called for my client")
    raise SystemExit(os.waitstatus_to_exitcode(status) % 256)
else:
    signal.alarm(20)
    os.write(started, b"x")
    loop.start()
    code = 0
    if raised:
        code = KEY_ERROR if raised[0] is KeyError else OTHER_ERROR
    elif heard != ["end"]:
        code = CHILD_DEAF
    else:
        print("child: I heard what was meant for me, and nothing else", flush=True)
    os._exit(code)
