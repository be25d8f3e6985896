# Run by tests.rs inside of each interpreter: what the library packs against what traceback says at the same place.
import argparse, asyncio, ctypes, dis, functools, os, signal, sys, threading, time, traceback, typing

signal.alarm(300)
PROTOTYPE = ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_int
WITH_GIL, WITHOUT_GIL = ctypes.PYFUNCTYPE(*PROTOTYPE)(ASK), ctypes.CFUNCTYPE(*PROTOTYPE)(ASK)
mark = ctypes.PYFUNCTYPE(ctypes.c_ulonglong)(MARK)
compared = 0
NAMED = sys.version_info >= (3, 11)


def ask(how, depth=16, thread=0):
    answer = ctypes.create_string_buffer(8192)
    length = how(depth, thread, ctypes.addressof(answer), len(answer))
    return answer.raw[:length]


def frames(raw):
    assert not raw.startswith(b"!"), raw
    lines = [line.split(b"\0") for line in raw.splitlines()]
    return [(file.decode(), int(line), name.decode()) for file, line, name in lines]


def check():
    """One call after the other on one line: they differ from traceback's in nothing."""
    global compared
    frame, expected = sys._getframe(1), []
    while frame and len(expected) < 16:
        name = frame.f_code.co_qualname if NAMED else frame.f_code.co_name
        file = frame.f_code.co_filename.encode("utf-8", "replace").decode()
        expected.append((file, frame.f_lineno, name))
        frame = frame.f_back
    summary = [(each.lineno) for each in traceback.extract_stack()[-2::-1]][:len(expected)]
    assert summary == [line for _, line, _ in expected]
    for how in WITH_GIL, WITHOUT_GIL, WITH_GIL:
        found = frames(ask(how, 18))[2:]
        same = [(f.encode("utf-8", "replace").decode().replace("\ufffd", "?"), l, n) for f, l, n in found]
        assert same == expected, (sys.version, found, expected)
        compared += 1
    return compared


check()  # module level


class Pond:
    def frog(self, *_):
        return [
            len("x"),
            check(),
            1,
        ]

    @functools.lru_cache(None)
    def cached(self):
        return self.frog()

    @staticmethod
    def still():
        return (lambda pond: pond.frog(
            1,
            2,
        ))(Pond())

    @property
    def deep(self):
        return sorted([1], key=self.frog)


def decorated(function):
    @functools.wraps(function)
    def inside(*arguments):
        return function(*arguments)
    return inside


@decorated
@decorated
def frog():
    for _ in range(2):
        check()


pond = Pond()
pond.frog()
pond.cached()
Pond.still()
pond.deep
frog()


def some():
    yield check()
    try:
        raise KeyError
    except KeyError:
        yield check()
    finally:
        check()


list(some())
[check() for _ in range(2)]
list(check() for _ in range(2))
next(map(lambda _: check(), [1]))
with open(os.devnull) as nothing:
    check()


async def inner():
    await asyncio.sleep(0)
    return check()


async def outer():
    await inner()
    async for each in agenerator():
        check()
    await asyncio.gather(inner(), inner())


async def agenerator():
    check()
    yield 1


asyncio.run(outer())

exec("check()\ndef f():\n\n  return check()\nf()")
eval("check()")
for name in "é.py", "пруд.py", "🐸.py", "/srv/" + "x" * 100 + "/é.py":
    exec(compile("def żaba(): return check()\n\nclass Больше:\n  def 𝔘(self): return żaba()\nБольше().𝔘()", name, "exec"))
exec(compile("check()", b"\xff.py".decode("utf-8", "surrogateescape"), "exec"))
# Lines far apart, up and down.
gap = "\n" * 70000
exec(f"def f(a):{gap} try:\n  a(check(),{gap}check({gap}))\n finally:\n  check()\nf(lambda *_: {gap}check())")
exec("\n".join(f"x{number} = 1" for number in range(3000)) + "\ncheck()")


class Finalised:
    def __del__(self):
        check()


del Finalised  # its definition is enough; an instance's end is a call like others


class Ended:
    def __del__(self):
        check()


Ended()


def down(number):
    return down(number - 1) if number else ask(WITH_GIL, depth)


for depth in 1, 2, 16, 64, 100:
    found = frames(down(200))
    # The room for packed frames ends it earlier than the greatest depth where names are long.
    assert len(found) == min(depth, 64), (depth, len(found))
    assert all(name == "down" for _, _, name in found[1:])

long_name = "x" * 300
exec(compile(f"def {long_name}(): return ask(WITH_GIL, 3)\nfound = {long_name}()", "/a/" + "y" * 300, "exec"))
file, _, name = frames(found)[1]
assert name == "x" * 200 and file == "y" * 200, (name, file)


def traced():
    a = 1

    b = (a,
         a)
    return b


def trace(frame, event, argument):
    if event == "line" and frame.f_code is traced.__code__:
        seen.append(frames(ask(WITH_GIL, 5))[2])
    return trace


seen = []
sys.settrace(trace)
traced()
sys.settrace(None)
first = traced.__code__.co_firstlineno
assert {line - first for _, line, name in seen} == {1, 3, 4, 5} and seen[0][2] == "traced", seen

# Another thread, which waits in C code without the GIL, from a thread that has it.
inside, leave = os.pipe()
told = threading.Event()


def waits():
    Pond.waits = lambda self: os.read(inside, 1)
    told.set()
    return Pond().waits()


thread = threading.Thread(target=waits)
thread.start()
told.wait()
number = getattr(thread, "native_id")
for _ in range(10000):
    found = ask(WITH_GIL, 16, number)
    if b"<lambda>" in found and not found.startswith(b"!"):
        break
    time.sleep(0.001)
names = [name.split(".")[-1] for _, _, name in frames(found)]
assert names[:3] == ["<lambda>", "waits", "run"], names
assert ask(WITHOUT_GIL, 16, number) == b"!the thread that asks does not hold the GIL"
assert ask(WITH_GIL, 16, os.getppid()) == b"!that thread runs no Python"
own = frames(ask(WITH_GIL, 16, threading.get_native_id()))
assert own[0][2] == "ask"
os.write(leave, b"x")
thread.join()

# In a child, of the main thread and of another.


def child(ask_of):
    process = os.fork()
    if process == 0:
        signal.alarm(60)
        try:
            ask_of()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    assert os.waitpid(process, 0)[1] == 0
    check()


child(check)
thread = threading.Thread(target=child, args=[pond.frog])
thread.start()
thread.join()

# The same place has the same mark, another has another.
marks = []
for _ in range(3):
    marks.append(mark())
assert len(set(marks)) == 1 and marks[0] != 0, marks
assert marks[0] != mark()


def exact():
    return mark()


marks = [exact() for _ in range(2)] + [exact() for _ in range(2)]
assert marks[0] == marks[1] != marks[2] == marks[3], marks
by_name = []
for name in "a", "b", "c":
    exec(compile("def g(): return mark()\nby_name.append(g())", name, "exec"))
assert len(set(by_name)) == 3

# Captures while other threads allocate, call, start and end.
stop = False


def churn():
    kept = []
    while not stop:
        kept.append([str(number) * 20 for number in range(50)])
        # In globals of its own, where it finds itself and no other `f`.
        exec("def f(n): return n and f(n - 1)\nf(30)", {})
        if len(kept) > 50:
            kept.clear()
            ended = threading.Thread(target=len, args=[""])
            ended.start()
            ended.join()


def capture_often():
    for number in range(2500):
        answer = ask(WITHOUT_GIL if number % 2 else WITH_GIL, 16)
        assert b"\ncapture_often" in answer or b"capture_often\n" in answer, answer


threads = [threading.Thread(target=churn) for _ in range(2)]
threads += [threading.Thread(target=capture_often) for _ in range(4)]
switch = sys.getswitchinterval()
sys.setswitchinterval(1e-5)
for thread in threads:
    thread.start()
for thread in threads[2:]:
    thread.join()
stop = True
for thread in threads[:2]:
    thread.join()
sys.setswitchinterval(switch)


# Every instruction of modules of Python's own, against what Python says of it.
LINE_OF = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_ssize_t)(LINE)


def lines_of(code):
    if sys.version_info >= (3, 11):
        return [(2 * unit, line or 0) for unit, (line, *_) in enumerate(code.co_positions())]
    if sys.version_info >= (3, 10):
        return [(at, line or 0) for start, end, line in code.co_lines() for at in range(start, end, 2)]
    starts, line, all_lines = dict(dis.findlinestarts(code)), 0, []
    for at in range(0, len(code.co_code), 2):
        line = starts.get(at, line)
        all_lines.append((at, line))
    return all_lines


def compare_lines(code):
    count = 1
    table = code.co_linetable if sys.version_info >= (3, 10) else code.co_lnotab
    all_lines = lines_of(code)
    for at, line in all_lines[:200] + all_lines[200::97]:
        found = LINE_OF(table, len(table), code.co_firstlineno, at)
        assert found == line, (code, at, found, line)
    assert LINE_OF(table, len(table), code.co_firstlineno, -2) == code.co_firstlineno
    for constant in code.co_consts:
        if hasattr(constant, "co_consts"):
            count += compare_lines(constant)
    return count


codes = sum(compare_lines(compile(open(module.__file__).read(), "x", "exec")) for module in (argparse, dis, typing))
codes += compare_lines(compile(f"def f(a):{gap} try:\n  a(b,{gap}c({gap}d))\n finally:\n  a()\nf({gap}1)", "x", "exec"))
assert codes > 300, codes

# With a second interpreter, only who has the GIL knows which one it is in.
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
another = interpreters.create()
check_one = frames(ask(WITH_GIL))
assert check_one[1][2] == "<module>", check_one
assert ask(WITHOUT_GIL).startswith(b"!more than one interpreter"), ask(WITHOUT_GIL)
interpreters.destroy(another)
check()


def ten(n):
    return ten(n - 1) if n else cost()


def cost():
    buffer = ctypes.create_string_buffer(4096)
    empty, at, costs = ctypes.PYFUNCTYPE(ctypes.c_ulonglong)(MARK), ctypes.addressof(buffer), []
    for how in WITH_GIL, WITHOUT_GIL:
        times = []
        for _ in range(300):
            before = time.perf_counter_ns()
            how(10, 0, at, 4096)
            times.append(time.perf_counter_ns() - before)
        costs.append(sorted(times)[len(times) // 2])
    return costs


print(f"{sys.version.split()[0]}: {compared} stacks compared; ten frames with and without the GIL, ctypes and all: {ten(10)} ns", flush=True)
