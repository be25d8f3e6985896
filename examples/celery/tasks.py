"""A loop made when the tasks are imported: before the prefork pool's workers are made.

forkproof run -- celery --app tasks worker --pool prefork --concurrency 2
"""

import asyncio
import os
import tempfile

from celery import Celery

# A broker in a directory, so that the example needs no server.
FOLDER = os.environ.get("EXAMPLE_FOLDER", tempfile.gettempdir())
app = Celery("tasks", broker="filesystem://", backend=f"file://{FOLDER}/results")
app.conf.broker_transport_options = {
    "data_folder_in": f"{FOLDER}/queue", "data_folder_out": f"{FOLDER}/queue", "control_folder": f"{FOLDER}/control",
}
app.conf.worker_hijack_root_logger = False

loop = asyncio.new_event_loop()


async def echo(word):
    reader, writer = os.pipe()
    heard = loop.create_future()
    loop.add_reader(reader, lambda: heard.done() or heard.set_result(os.read(reader, 100)))
    os.write(writer, word.encode())
    try:
        return (await asyncio.wait_for(heard, 10)).decode()
    finally:
        loop.remove_reader(reader)
        os.close(reader)
        os.close(writer)


@app.task
def say(word):
    return f"{loop.run_until_complete(echo(word))} from {os.getpid()}"
