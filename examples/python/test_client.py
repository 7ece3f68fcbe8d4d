"""Uses a client that was generated from docs/api/openapi.json with a real server.

TASKWARD_BIN is the server's program. `taskward_client` must be importable.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import socket
import subprocess
import tempfile
import time
import unittest
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from taskward_client import AuthenticatedClient, Client
from taskward_client.api.me import me
from taskward_client.api.sync import list_changes
from taskward_client.api.tasks import (
    complete_task,
    create_task,
    delete_task,
    find_task,
    list_tasks,
    patch_task,
    replace_task,
    restore_task,
)
from taskward_client.models import (
    CompleteTask,
    CreateTask,
    ListTasksStatus,
    PatchTask,
    Problem,
    ReplaceTask,
    Task,
)
from taskward_client.types import UNSET

ORIGIN = "http://localhost:3000"
SECRET = secrets.token_urlsafe(32)


def token(user: str) -> str:
    """A JWT as Better Auth signs it with a shared secret."""

    def encode(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    now = int(time.time())
    claims = {
        "sub": user,
        "iss": ORIGIN,
        "aud": ORIGIN,
        "iat": now,
        "exp": now + 900,
        "email": f"{user}@example.org",
        "name": user,
    }
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    signed = ".".join(encode(json.dumps(part).encode()) for part in parts)
    signature = hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{encode(signature)}"


class GeneratedClient(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        directory = tempfile.TemporaryDirectory(prefix="taskward-client-")
        cls.addClassCleanup(directory.cleanup)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        server = subprocess.Popen(
            [os.environ["TASKWARD_BIN"], "serve", "--listen", address],
            cwd=directory.name,
            env={"BETTER_AUTH_SECRET": SECRET, "BETTER_AUTH_URL": ORIGIN},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        cls.addClassCleanup(server.stderr.close)
        cls.addClassCleanup(server.wait)
        cls.addClassCleanup(server.terminate)
        log = []
        for line in server.stderr:
            log.append(line)
            if '"listening"' in line:
                break
        else:
            raise AssertionError("the server has ended: " + "".join(log))
        cls.url = f"http://{address}"

    def setUp(self) -> None:
        """Each test has a user of its own."""
        self.user = f"user-{uuid4()}"
        self.client = self.client_with(token(self.user))

    def client_with(self, bearer: str) -> AuthenticatedClient:
        client = AuthenticatedClient(
            base_url=self.url, token=bearer, raise_on_unexpected_status=True
        )
        self.addCleanup(client.get_httpx_client().close)
        return client

    def create(self, title: str) -> Task:
        task = create_task.sync(
            self.user, client=self.client, body=CreateTask(title=title)
        )
        self.assertIsInstance(task, Task)
        return task

    def assert_problem(self, response, status: HTTPStatus, code: str) -> Problem:
        self.assertEqual(response.status_code, status)
        self.assertIsInstance(response.parsed, Problem)
        self.assertEqual(response.parsed.code, code)
        return response.parsed

    def test_me(self) -> None:
        answer = me.sync(client=self.client)
        self.assertEqual((answer.user_id, answer.name), (self.user, self.user))

    def test_create_and_get(self) -> None:
        body = CreateTask(title="Buy milk", description="Two litres")
        response = create_task.sync_detailed("me", client=self.client, body=body)
        self.assertEqual(response.status_code, HTTPStatus.CREATED)
        created = response.parsed
        self.assertEqual((created.user_id, created.title), (self.user, "Buy milk"))
        self.assertIs(created.completed, False)
        self.assertIsNone(created.completed_at)
        self.assertEqual(
            find_task.sync(self.user, created.id, client=self.client), created
        )

    def test_create_again_with_the_same_id_creates_one_task(self) -> None:
        first = self.create("Buy milk")
        body = CreateTask(title="Buy milk", id=first.id)
        again = create_task.sync_detailed(self.user, client=self.client, body=body)
        self.assertEqual((again.status_code, again.parsed), (HTTPStatus.OK, first))

    def test_list_with_paging(self) -> None:
        titles = [self.create(f"Task {number}").title for number in range(5)]
        found = []
        cursor = UNSET
        for _ in range(3):
            page = list_tasks.sync_detailed(
                self.user, client=self.client, limit=2, cursor=cursor
            )
            found += [task.title for task in page.parsed]
            link = page_link(page)
            if link is None:
                break
            cursor = link
        self.assertEqual(found, titles[::-1])
        self.assertIsNone(link)

    def test_list_with_filters(self) -> None:
        milk, bread = self.create("Buy milk"), self.create("Buy bread")
        complete_task.sync(
            self.user, milk.id, client=self.client, body=CompleteTask(completed=True)
        )
        of = {"user_id": self.user, "client": self.client}
        self.assertEqual(
            [task.id for task in list_tasks.sync(**of, completed=True)], [milk.id]
        )
        self.assertEqual(
            [task.id for task in list_tasks.sync(**of, q="bread")], [bread.id]
        )
        pending = list_tasks.sync(**of, status=ListTasksStatus.PENDING)
        self.assertEqual([task.id for task in pending], [bread.id])

    def test_put_keeps_completed_and_patch_changes_members(self) -> None:
        task = self.create("Buy milk")
        complete_task.sync(
            self.user, task.id, client=self.client, body=CompleteTask(completed=True)
        )
        put = replace_task.sync(
            self.user,
            task.id,
            client=self.client,
            body=ReplaceTask(title="Buy oat milk"),
        )
        self.assertEqual((put.title, put.completed), ("Buy oat milk", True))
        patched = patch_task.sync(
            self.user,
            task.id,
            client=self.client,
            body=PatchTask(description="Unsweetened"),
        )
        self.assertEqual(
            (patched.title, patched.description), ("Buy oat milk", "Unsweetened")
        )
        self.assertGreater(patched.version, put.version)

    def test_toggle(self) -> None:
        task = self.create("Buy milk")
        # Without a body the state changes to the other one.
        for expected in (True, False, True):
            toggled = complete_task.sync(self.user, task.id, client=self.client)
            self.assertIs(toggled.completed, expected)
        self.assertIsNotNone(toggled.completed_at)

    def test_delete_and_restore(self) -> None:
        task = self.create("Buy milk")
        response = delete_task.sync_detailed(self.user, task.id, client=self.client)
        self.assertEqual(response.status_code, HTTPStatus.NO_CONTENT)
        missing = find_task.sync_detailed(self.user, task.id, client=self.client)
        self.assert_problem(missing, HTTPStatus.NOT_FOUND, "task_not_found")
        restored = restore_task.sync(self.user, task.id, client=self.client)
        self.assertEqual((restored.id, restored.title), (task.id, task.title))
        self.assertEqual(list_tasks.sync(self.user, client=self.client), [restored])

    def test_changes(self) -> None:
        start = list_changes.sync(self.user, client=self.client)
        kept, deleted = self.create("Buy milk"), self.create("Buy bread")
        delete_task.sync_detailed(self.user, deleted.id, client=self.client)
        later = list_changes.sync(self.user, client=self.client, since=start.cursor)
        by_id = {change.id: change for change in later.changes}
        self.assertEqual(set(by_id), {kept.id, deleted.id})
        self.assertEqual((by_id[kept.id].kind, by_id[kept.id].task), ("task", kept))
        self.assertIsNone(by_id[deleted.id].task)
        self.assertIsNotNone(by_id[deleted.id].deleted_at)
        self.assertIs(later.more, False)

    def test_401_without_and_with_a_wrong_token(self) -> None:
        anonymous = Client(base_url=self.url, raise_on_unexpected_status=True)
        self.addCleanup(anonymous.get_httpx_client().close)
        response = list_tasks.sync_detailed(self.user, client=anonymous)
        self.assert_problem(response, HTTPStatus.UNAUTHORIZED, "missing_token")
        wrong = self.client_with("a.b.c")
        response = list_tasks.sync_detailed(self.user, client=wrong)
        self.assert_problem(response, HTTPStatus.UNAUTHORIZED, "invalid_token")

    def test_403_for_another_user(self) -> None:
        response = list_tasks.sync_detailed("somebody-else", client=self.client)
        self.assert_problem(response, HTTPStatus.FORBIDDEN, "other_user")

    def test_404_for_an_unknown_task_and_for_one_of_another_user(self) -> None:
        other = self.client_with(token(f"user-{uuid4()}"))
        for task_id in (uuid4(), self.create("Buy milk").id):
            response = find_task.sync_detailed("me", task_id, client=other)
            self.assert_problem(response, HTTPStatus.NOT_FOUND, "task_not_found")

    def test_422_names_the_member(self) -> None:
        response = create_task.sync_detailed(
            self.user, client=self.client, body=CreateTask(title=" ")
        )
        self.assertEqual(response.status_code, HTTPStatus.UNPROCESSABLE_ENTITY)
        self.assertEqual(
            [error.pointer for error in response.parsed.errors], ["/title"]
        )

    def test_412_for_a_version_that_has_been_replaced(self) -> None:
        task = self.create("Buy milk")
        tag = find_task.sync_detailed(self.user, task.id, client=self.client).headers[
            "etag"
        ]
        args = {
            "user_id": self.user,
            "task_id": task.id,
            "client": self.client,
            "if_match": tag,
        }
        first = patch_task.sync_detailed(**args, body=PatchTask(title="Buy oat milk"))
        self.assertEqual(first.status_code, HTTPStatus.OK)
        second = patch_task.sync_detailed(**args, body=PatchTask(title="Buy soy milk"))
        self.assertEqual(second.status_code, HTTPStatus.PRECONDITION_FAILED)
        self.assertIsInstance(second.parsed, Problem)


def page_link(response) -> str | None:
    """The cursor of the next page, from `Link: <...?cursor=...>; rel="next"`."""
    link = response.headers.get("link")
    if link is None:
        return None
    target = link[link.index("<") + 1 : link.index(">")]
    return parse_qs(urlsplit(target).query)["cursor"][0]


if __name__ == "__main__":
    unittest.main()
