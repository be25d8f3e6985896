"""A loop made when the application is imported: before gunicorn forks, with --preload.

forkproof run -- gunicorn --preload --workers 2 app:app
"""

import asyncio
import os

loop = asyncio.new_event_loop()


async def work():
    reader, writer = os.pipe()
    heard = loop.create_future()
    loop.add_reader(reader, lambda: heard.done() or heard.set_result(os.read(reader, 100)))
    os.write(writer, b"%d" % os.getpid())
    try:
        return await asyncio.wait_for(heard, 10)
    finally:
        loop.remove_reader(reader)
        os.close(reader)
        os.close(writer)


def app(environ, start_response):
    heard = loop.run_until_complete(work())
    start_response("200 OK", [("Content-Type", "text/plain"), ("Connection", "close")])
    return [heard, b"\n"]
