"""Kuzu speaks the language of Ladybug, its successor."""
import os
import runpy

runpy.run_path(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ladybug_peer.py"))
