"""Tornado 4.3: "This program hangs forever despite using run_sync" (Aaron Opfer, 2016).

A future is reachable only through a weak reference. The garbage collector takes it together with the coroutine that
waits for it, and run_sync waits on, for its own wake-up pipe, without a word. Tornado 4.5 keeps the coroutine alive.

The program is unchanged from its first line to its last. An alarm of its own would be a way out of the
wait, so it is the runner that ends it.

ends: never
bare:    exit 124, it hangs
watched: exit 124; lost-wait reported x1
watched lost-wait=off: exit 124; nothing
watched mode=observe: exit 124; lost-wait reported x1
said: nobody can end this wait of 5 s: epoll_wait on epoll fd [0-9]* with fd [0-9]* (pipe whose write end (fd [0-9]*)
said: begun anew every hour by Tornado
said: ioloop.py:[0-9]* PollIOLoop.start < ioloop.py:[0-9]* IOLoop.run_sync < lost_wait.py:[0-9]* <module>
"""

from tornado.ioloop import IOLoop
from tornado.gen import Future, coroutine
import weakref
import gc

wr_fut = None

def count_runners():
    runners = len([
        x for x in gc.get_objects()
        if x.__class__.__name__ == "Runner"
    ])
    print("There are",runners,"Runners")

def resolve_fut():
    count_runners()
    gc.collect(2)
    count_runners()
    fut = wr_fut()
    if not fut:
        print('failure! The app is going to hang forever now')
    else:
        fut.set_result(1)

@coroutine
def main():
    global wr_fut
    my_fut = Future()
    wr_fut = weakref.ref(my_fut)
    IOLoop.current().add_callback(resolve_fut)
    yield my_fut
    print('success!')

IOLoop.current().run_sync(main)
