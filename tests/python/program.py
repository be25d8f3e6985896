# Makes a poller, forks and uses it in the child, in many ways, and tells where each was as Python itself sees it.
import asyncio, functools, json, os, select, signal, sys, threading

signal.alarm(120)


def here():
    frame, frames = sys._getframe(1), []
    while frame and len(frames) < 16:
        code = frame.f_code
        file = code.co_filename.encode("utf-8", "replace").decode()
        frames.append([file, frame.f_lineno, getattr(code, "co_qualname", code.co_name)])
        frame = frame.f_back
    return frames


class Loop:
    def __init__(self):
        self.made, self.poller = here(), select.epoll()
        self.poller.register(os.pipe()[0])

    def use(self):
        number = os.pipe()[0]
        return here(), self.poller.register(number)


def story(loop, fork, use):
    """The three places, told by the child."""
    forked, child = fork()
    if child == 0:
        signal.alarm(60)
        used, _ = use(loop)
        print(json.dumps([os.getpid(), loop.made, forked, used]), flush=True)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def plain():
    return here(), os.fork()


def decorated(function):
    @functools.wraps(function)
    def inside(*arguments):
        return function(*arguments)
    return inside


@decorated
@decorated
def with_decorators():
    return here(), os.fork()


def generator():
    yield here(), os.fork()


async def coroutine():
    await asyncio.sleep(0)
    return here(), os.fork()


def deep(number=50):
    return deep(number - 1) if number else (here(), os.fork())


def in_thread(function, *arguments):
    answer = []
    thread = threading.Thread(target=lambda: answer.append(function(*arguments)))
    thread.start()
    thread.join()
    return answer[0]


scope = dict(globals())
exec(compile("class Больше:\n  def żaba(self): return here(), os.fork()\nfrog = Больше().żaba", "пруд.py", "exec"), scope)
exec("\n\ndef from_text():\n  return here(), os.fork()", scope)

forks = [
    plain,
    with_decorators,
    lambda: next(generator()),
    lambda: (here(), os.fork()),
    deep,
    scope["frog"],
    scope["from_text"],
    lambda: [(here(), os.fork()) for _ in range(1)][0],
    lambda: max(map(lambda _: (here(), os.fork()), [1])),
]
uses = [
    Loop.use,
    lambda loop: loop.use(),
    lambda loop: in_thread(loop.use),
    lambda loop: next(loop.use() for _ in range(1)),
    lambda loop: sorted([loop], key=lambda _: 1)[0].use(),
]
loop = Loop()
for fork in forks:
    story(loop, fork, Loop.use)
for use in uses:
    story(Loop(), plain, use)
# From one place again and again, and from two places in turns.
for _ in range(3):
    story(loop, plain, Loop.use)
    story(Loop(), plain, Loop.use); story(loop, plain, Loop.use)
# With another thread, and from another.
stay = threading.Event()
other = threading.Thread(target=stay.wait)
other.start()
in_thread(story, in_thread(Loop), plain, Loop.use)
story(in_thread(Loop), plain, Loop.use)
story(Loop(), deep, uses[2])
stay.set()
other.join()


async def main():
    loop = Loop()
    forked, child = await coroutine()
    if child == 0:
        used, _ = loop.use()
        print(json.dumps([os.getpid(), loop.made, forked, used]), flush=True)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


asyncio.run(main())
