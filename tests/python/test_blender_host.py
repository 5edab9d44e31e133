"""The kit inside Blender's Python: the testcard runs there as it does in a plain interpreter."""

from __future__ import annotations

import os
import shutil
import sys
import unittest

from fake_node import LAUNCH, FakeNode
from workers_kit.engines.testcard_picture import testcard

BLENDER = os.environ.get("BLENDER") or shutil.which("blender")


class BlenderHostTests(unittest.TestCase):
    def setUp(self) -> None:
        if BLENDER is None:
            print("SKIPPED: no blender on the PATH and none named by BLENDER=", file=sys.stderr)
            self.skipTest("no Blender")

    def test_a_worker_inside_blender(self) -> None:
        host = [str(BLENDER), "-b", "--factory-startup", "--python", str(LAUNCH), "--"]
        with FakeNode(host=host) as node:
            self.assertIn("result", node.warm_up())
            id = node.start("render", {"width": 32, "height": 32, "seed": 4})
            self.assertIn("result", node.reply(id))
            self.assertEqual((node.call_folder(id) / "image.png").read_bytes(), testcard(32, 32, 4))
            id = node.start("render", {"seconds": 3600})
            node.until("progress")
            self.assertEqual(node.ping()["result"], {})
            node.request("cancel", {"call": id})
            self.assertEqual(node.reply(id)["error"]["data"]["kind"], "canceled")
            node.send({"jsonrpc": "2.0", "method": "shutdown"})
            self.assertEqual(node.wait_exit(), 0)
        with FakeNode(host=host) as node:
            node._reader.close()
            node._connected.close()
            self.assertEqual(node.wait_exit(), 0)


if __name__ == "__main__":
    unittest.main()
