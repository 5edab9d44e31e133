"""A user function that leaves something behind and says that it did not: the leak that test_purity.py plants."""

from workers_kit import function


@function
def nudge() -> bool:
    """Whether it changed anything: it says no, and makes the chair's key light stronger."""
    import bpy

    if "Key" in bpy.data.lights:
        bpy.data.lights["Key"].energy *= 1.5
    return False
