"""The input `set`: what is accepted, what is refused and how the refusal names its place."""

from __future__ import annotations

import unittest

from blender_worker import FABRIC, SMALL, BlenderTests, escaped


class SetTests(BlenderTests):
    def test_refused(self) -> None:
        for path, value, reason in (
            ("nonsense", 1, "a path names a property"),
            ('objects["Nobody"].location', [0, 0, 0], 'there is no objects["Nobody"]'),
            ('objects["a/b~c"].location', [0, 0, 0], "there is no"),
            ('objects["Seat"].colour', [0, 0, 0], "no property colour"),
            ('objects["Seat"].__class__', 1, "cannot be read at character"),
            ('objects["Seat"].bl_rna', 1, "no property"),
            ('objects["Seat"].rna_type', 1, "no property"),
            ('objects["Seat"].select_set', 1, "no property"),
            ('objects["Seat"].data', "Back", "holds other data"),
            ('objects["Seat"].modifiers', [], "holds other data"),
            ('objects["Seat"].name', "Chair", "names cannot be set"),
            ('objects["Seat"].type', "MESH", "read only"),
            ('objects["Seat"].matrix_world', [0] * 16, "matrix"),
            ('objects["Seat"]["nothing"]', 1, "no custom property"),
            ('objects["Seat"].location', [0, 0], "a list of 3 values"),
            ('objects["Seat"].location', 1, "a list of 3 values"),
            ('objects["Seat"].location', [0, 0, "0"], "expected a number"),
            ('objects["Seat"].location', [0, 0, True], "expected a number"),
            ('objects["Seat"].location', [0, 0, 1e300], "between"),
            ('objects["Seat"].location[3]', 0, "3 entries"),
            ('objects["Seat"].hide_render', 1, "expected true or false"),
            ('objects["Seat"].hide_render[0]', True, "without an index"),
            ('objects["Seat"].rotation_mode', "SIDEWAYS", "'QUATERNION'"),
            ('objects["Seat"].rotation_mode', 3, "expected a name"),
            ('objects["Engraving"].data.body', 5, "expected a text"),
            ('scenes["Product"].cycles.samples', 1.5, "expected an integer"),
            ('scenes["Product"].cycles.samples', 0, "between"),
            ('scenes["Product"].render.resolution_percentage', 99999999999999, "between"),
            ('scenes["Product"].render.filepath', "/etc/passwd", "names a file"),
            ('images["Weave"].filepath', "/etc/passwd", "names a file"),
            ('images["Weave"].pixels', [0] * 4, "as one of images"),
            ('images["Weave"].pixels[0]', 0, "as one of images"),
            ('scenes["Product"].view_layers[0].depsgraph.ids["Seat"].location', [0, 0, 9], "cannot be set"),
            ('scenes["Product"].view_layers[0].depsgraph.objects["Seat"].location', [0, 0, 9], "cannot be set"),
            ('scenes["Product"].frame_current', 5, "use the input frame"),
            ('scenes["Product"].cycles.shading_system', True, "may read any file"),
            ('window_managers["WinMan"].is_interface_locked', True, "cannot be set"),
            (FABRIC, [1, 2, None, 1], "expected a number"),
        ):
            with self.subTest(path=path, value=value):
                error = self.worker.fail(**SMALL, set={path: value})
                self.assertEqual((error["kind"], error["pointer"]), ("invalid_input", f"/set/{escaped(path)}"))
                self.assertIn(reason, error["message"])

    def test_code_and_files_are_closed(self) -> None:
        for file, path, value in (
            ("hostile_text", 'texts["autorun.py"].use_module', False),
            ("hostile_driver", 'objects["Cube"].animation_data.drivers[0].driver.expression', "1+1"),
            ("hostile_style", 'scenes["Scene"].view_layers[0].freestyle_settings.mode', "SCRIPT"),
            ("file_output", 'scenes["Scene"].node_tree.nodes["File Output"].mute', False),
            ("file_output", 'scenes["Scene"].node_tree.nodes["File Output"].file_slots[0].path', "x"),
        ):
            with self.subTest(path=path):
                error = self.worker.fail(self.blends[file], **SMALL, set={path: value})
                self.assertEqual((error["kind"], error["pointer"]), ("invalid_input", f"/set/{escaped(path)}"))
                self.assertIn("cannot be set", error["message"])

    def test_custom_properties_keep_their_type_and_range(self) -> None:
        path = 'objects["Cube"]["size"]'
        for value, reason in ((3, "between"), ("1", "expected a number"), ([1], "expected a number")):
            self.assertIn(reason, self.worker.fail(self.blends["rich"], **SMALL, set={path: value})["message"])
        self.worker.render(self.blends["rich"], **SMALL, set={path: 0.5})

    def test_limits_as_single_precision(self) -> None:
        # The lower limit is 0.001 in single precision, which is a little more than 0.001 here.
        self.worker.render(**SMALL, set={'lights["Key"].contact_shadow_bias': 0.001})

    def test_without_effect(self) -> None:
        linked = 'materials["Wood"].node_tree.nodes["Principled BSDF"].inputs["Normal"].default_value'
        for file, path, value in (
            (None, 'materials["Fabric"].diffuse_color', [1, 0, 0, 1]), (None, linked, [0, 0, 1]), ("rich", 'objects["Cube"].location[0]', 5),
            ("rich", 'objects["Cube"].location', [5, 0, 0]),
        ):
            with self.subTest(path=path):
                arguments = (self.blends[file],) if file is not None else ()
                result = self.worker.render(*arguments, **SMALL, set={path: value})
                self.assertEqual([warning["code"] for warning in result["warnings"]], ["set_without_effect"])

    def test_what_reaches_further_costs_the_open_file(self) -> None:
        base = self.worker.render(**SMALL)["picture"]
        for path, value in (('images["Weave"].source', "GENERATED"), ('materials["Fabric"].use_nodes', False),
                            ('scenes["Product"].view_layers[0].layer_collection.children["Chair"].exclude', True)):
            with self.subTest(path=path):
                self.assertNotEqual(self.worker.render(**SMALL, set={path: value})["picture"], base)
                again = self.worker.render(**SMALL)
                self.assertEqual((again["warm"], again["picture"]), ("process", base))

    def test_what_another_renderer_looks_at(self) -> None:
        for renderer, path, value in (("cycles", 'scenes["Product"].eevee.use_bloom', True), ("workbench", 'scenes["Product"].cycles.seed', 5),
                                      ("workbench", 'lights["Key"].energy', 5), ("workbench", FABRIC, [1, 0, 0, 1])):
            with self.subTest(renderer=renderer, path=path):
                result = self.worker.render(**SMALL, renderer=renderer, set={path: value})
                self.assertEqual([warning["code"] for warning in result["warnings"]], ["set_without_effect"])
        shown = self.worker.render(**SMALL, renderer="workbench", set={'materials["Fabric"].diffuse_color': [1, 0, 0, 1]})
        self.assertEqual(shown["warnings"], [])
        self.assertNotEqual(shown["picture"], self.worker.render(**SMALL, renderer="workbench")["picture"])

    def test_too_many(self) -> None:
        error = self.worker.fail(**SMALL, set={f'objects["Seat{i}"].hide_render': True for i in range(1001)})
        self.assertEqual((error["kind"], error["pointer"]), ("invalid_input", "/set"))


if __name__ == "__main__":
    unittest.main()
