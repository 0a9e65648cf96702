#!/usr/bin/env python3
"""What the kernels take of a multiprocessor, as the real compiler has it. Needs NVRTC 12 or 13 and no GPU.

    python3 benchmarks/gpu/registers.py [--arch ARCH,...] [SOURCE...]

Compiles each CUDA source (default: all) for each architecture (default: sm_80,sm_90a) with the product's options, and prints registers,
spilled bytes and static shared memory of every kernel. Exits with 1 where a source does not compile or a kernel spills: values that go
through memory cost the time that few registers were to save. NVRTC is looked for as the system's loader does (LD_LIBRARY_PATH counts);
Debian has it as libnvrtc12 in non-free, which can be unpacked anywhere with dpkg -x.
"""
import argparse
import ctypes
import pathlib
import re
import sys

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "src/Gateway.Engine/Kernels/Cuda/Sources"
LIBRARIES = ["libnvrtc.so.13", "libnvrtc.so.12"]


def load():
    for name in LIBRARIES:
        try:
            return ctypes.CDLL(name)
        except OSError as error:
            problem = error
    sys.exit(f"error: none of {', '.join(LIBRARIES)} can be loaded ({problem}).")


def compile_source(nvrtc, source, arch):
    """Gives the compiler's result, 0 when all is well, and its log."""
    headers = sorted(SOURCES.glob("*.cuh"))
    texts = (ctypes.c_char_p * len(headers))(*[header.read_bytes() for header in headers])
    names = (ctypes.c_char_p * len(headers))(*[header.name.encode() for header in headers])
    program = ctypes.c_void_p()
    result = nvrtc.nvrtcCreateProgram(ctypes.byref(program), source.read_bytes(), source.name.encode(), len(headers), texts, names)
    if result != 0:
        return result, ""
    options = [f"--gpu-architecture={arch}", "--std=c++17", "--ptxas-options=-v"]
    result = nvrtc.nvrtcCompileProgram(program, len(options), (ctypes.c_char_p * len(options))(*[option.encode() for option in options]))
    size = ctypes.c_size_t()
    nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    nvrtc.nvrtcGetProgramLog(program, log)
    nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
    return result, log.value.decode()


def kernels(log):
    """Name, registers, bytes stored to and loaded from spilled places, and static shared bytes of each kernel."""
    for part in log.split("Compiling entry function '")[1:]:
        used = re.search(r"Used (\d+) registers", part)
        shared = re.search(r"(\d+) bytes smem", part)
        spills = re.findall(r"(\d+) bytes spill (?:stores|loads)", part)
        yield part[: part.index("'")], int(used[1]), sum(map(int, spills)), int(shared[1]) if shared else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arch", default="sm_80,sm_90a")
    parser.add_argument("sources", nargs="*", metavar="SOURCE")
    arguments = parser.parse_args()
    known = sorted(SOURCES.glob("*.cu"))
    unknown = sorted(set(arguments.sources) - {source.name for source in known})
    if unknown:
        sys.exit(f"error: there is no source {', '.join(unknown)}; there are {', '.join(source.name for source in known)}.")
    sources = [source for source in known if not arguments.sources or source.name in arguments.sources]
    nvrtc = load()
    is_well = True
    for arch in arguments.arch.split(","):
        for source in sources:
            result, log = compile_source(nvrtc, source, arch)
            if result != 0:
                print(f"{arch} {source.name}: does not compile\n{log}")
                is_well = False
                continue
            for name, registers, spilled, shared in kernels(log):
                print(f"{arch:8} {source.name:28} {name:44} {registers:4} registers {spilled:6} bytes spilled {shared:6} bytes shared")
                is_well = is_well and spilled == 0
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
