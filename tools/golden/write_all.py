"""Writes the fixtures again: all of them, or the writers named on the command line."""

import importlib
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
HELPERS = {"write_all", "cases"}


def main():
    sys.path.insert(0, str(HERE))
    writers = sys.argv[1:] or sorted(p.stem for p in HERE.glob("*.py") if p.stem not in HELPERS)
    for name in writers:
        print(f"{name}:")
        importlib.import_module(name).write()


if __name__ == "__main__":
    main()
