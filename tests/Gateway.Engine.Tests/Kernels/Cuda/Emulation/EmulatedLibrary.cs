using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Tests.Kernels.Cuda.Emulation;

/// <summary>
/// The kernels of one CUDA source as code of this CPU: the source, included by a small file that lists its kernels, goes through g++
/// into a shared library. One copy of it is loaded per worker, since the emulator keeps a block's whole state in static variables.
/// Libraries stay in the temporary folder under the hash of what they were made of, for the next run of the tests.
/// </summary>
internal sealed unsafe partial class EmulatedLibrary
{
    /// <summary>Blocks of one launch run on this many threads of the host at once.</summary>
    public const int Workers = 2;

    /// <summary>Most blocks of a launch whose blocks wait for each other, each on a thread of its own; threads' stacks take half of the mappings that a process may have.</summary>
    public const int MostTogether = 48;

    private const int ErrorBytes = 8192;

    // Optimised, since tests wait for it; checked for misaligned accesses, indices out of arrays' bounds, wide shifts and division by
    // zero; no start files, so that the .bss section holds shared memory alone; no unique symbols, so that copies share nothing.
    private const string Flags =
        "-std=c++17 -O2 -g1 -march=x86-64-v3 -ffp-contract=off -fPIC -fvisibility=hidden -fno-gnu-unique -fno-threadsafe-statics " +
        "-fno-exceptions -fno-rtti -fcf-protection=none -fno-strict-aliasing -Wall -Wno-unknown-pragmas -Wno-unused -Wno-sign-compare -Werror " +
        "-fsanitize=alignment,bounds,shift-exponent,integer-divide-by-zero -fno-sanitize-recover=all";

    private const string LinkFlags = "-shared -nostartfiles -Wl,-Bsymbolic";

    private static readonly ConcurrentDictionary<string, Lazy<EmulatedLibrary>> Loaded = new();

    private readonly string _source;
    private readonly string _path;
    private readonly delegate* unmanaged<int, Launch*, long*, byte*, int, int>[] _run = new delegate* unmanaged<int, Launch*, long*, byte*, int, int>[MostTogether];
    private readonly Dictionary<string, (int Index, string Signature, int ParameterBytes)> _kernels = [];

    private EmulatedLibrary(string source)
    {
        _source = source;
        _path = Compile(source);
        LoadCopies(Workers);
    }

    /// <summary>The library of a source of the engine or, where it has none of that name, of the tests.</summary>
    /// <exception cref="GpuException">There is no such source, or it does not compile.</exception>
    public static EmulatedLibrary Load(string source)
        => Loaded.GetOrAdd(source, static name => new Lazy<EmulatedLibrary>(() => new EmulatedLibrary(name))).Value;

    /// <summary>Names of the kernels in a CUDA source.</summary>
    public static IEnumerable<string> KernelNames(string text) => KernelPattern().Matches(text).Select(match => match.Groups["name"].Value);

    /// <summary>Parameters of a kernel: p a pointer, i an int, l an i64, f a float, s a structure.</summary>
    /// <exception cref="GpuException">There is no such kernel.</exception>
    public string Signature(string kernel) => Find(kernel).Signature;

    /// <summary>Bytes of all parameters of a kernel together.</summary>
    /// <exception cref="GpuException">There is no such kernel.</exception>
    public int ParameterBytes(string kernel) => Find(kernel).ParameterBytes;

    /// <summary>Runs a kernel whose only parameter is a structure, and whose blocks may wait for each other: each on a thread of its own.</summary>
    /// <param name="kernel">Which.</param>
    /// <param name="blocks">At most <see cref="MostTogether"/>.</param>
    /// <param name="block">Threads per block.</param>
    /// <param name="sharedBytes">Dynamic shared memory per block.</param>
    /// <param name="parameter">The structure.</param>
    /// <param name="seed">Decides the order of threads and of what is in any order.</param>
    /// <exception cref="GpuException">A kernel did what hardware would not let it do, or leaves undefined.</exception>
    public void RunTogether(string kernel, int blocks, Dim3 block, int sharedBytes, byte[] parameter, ulong seed)
    {
        fixed (byte* bytes = parameter)
        {
            Run(kernel, new Dim3(blocks), block, sharedBytes, [(ulong)bytes], seed, areTogether: true);
        }
    }

    /// <summary>Runs a launch to its end.</summary>
    /// <exception cref="GpuException">A kernel did what hardware would not let it do, or leaves undefined.</exception>
    public void Run(string kernel, Dim3 grid, Dim3 block, int sharedBytes, ulong[] arguments, ulong seed) =>
        Run(kernel, grid, block, sharedBytes, arguments, seed, areTogether: false);

    private void Run(string kernel, Dim3 grid, Dim3 block, int sharedBytes, ulong[] arguments, ulong seed, bool areTogether)
    {
        var index = Find(kernel).Index;
        long next = 0;
        var nextPointer = &next;
        var workers = (int)Math.Min(areTogether ? MostTogether : Workers, grid.Count);
        var errors = new byte[workers][];
        var (multiplier, offset) = Order(grid.Count, seed);

        // Copies of a library serve one launch at a time.
        lock (_run)
        {
            if (areTogether)
            {
                LoadCopies(workers);

                // The pool may run its work one after the other.
                var threads = Enumerable.Range(0, workers).Select(worker => new Thread(() => RunBlocks(worker))).ToArray();
                Array.ForEach(threads, thread => thread.Start());
                Array.ForEach(threads, thread => thread.Join());
            }
            else
            {
                Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, RunBlocks);
            }

            void RunBlocks(int worker)
            {
                var launch = new Launch
                {
                    GridX = grid.X,
                    GridY = grid.Y,
                    GridZ = grid.Z,
                    BlockX = block.X,
                    BlockY = block.Y,
                    BlockZ = block.Z,
                    BlockCount = grid.Count,
                    Multiplier = multiplier,
                    Offset = offset,
                    Seed = seed,
                    SharedBytes = sharedBytes,
                };
                var error = new byte[ErrorBytes];
                fixed (ulong* argumentPointer = arguments)
                fixed (byte* errorPointer = error)
                {
                    launch.Arguments = argumentPointer;
                    if (_run[worker](index, &launch, nextPointer, errorPointer, ErrorBytes) == 0)
                    {
                        errors[worker] = error;
                    }
                }
            }
        }

        // One that ended because another failed says nothing.
        if (Array.Find(errors, error => error is not null && error[0] != 0) is { } message)
        {
            throw new GpuException(WithLine(Encoding.UTF8.GetString(message, 0, Array.IndexOf(message, (byte)0))));
        }
    }

    internal static string ReadSource(string name)
    {
        foreach (var assembly in new[] { typeof(IGpu).Assembly, typeof(EmulatedLibrary).Assembly })
        {
            using var stream = assembly.GetManifestResourceStream(name);
            if (stream is not null)
            {
                using var reader = new StreamReader(stream);
                return reader.ReadToEnd();
            }
        }

        throw new GpuException($"There is no CUDA source {name}.");
    }

    internal static IEnumerable<string> EngineSources(string suffix)
        => typeof(IGpu).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(suffix, StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    /// <summary>Runs a tool of the system; its absence is an error.</summary>
    internal static (int ExitCode, string Output) RunTool(string tool, string package, IEnumerable<string> arguments, string folder)
    {
        var start = new ProcessStartInfo(tool, arguments) { WorkingDirectory = folder, RedirectStandardError = true, RedirectStandardOutput = true };
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output.Result + errors);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new GpuException($"{tool} does not start; the tests of CUDA kernels need it (Debian package {package}).", e);
        }
    }

    /// <summary>Loads what is missing to so many copies.</summary>
    private void LoadCopies(int count)
    {
        for (var worker = 0; worker < count; worker++)
        {
            if (_run[worker] != null)
            {
                continue;
            }

            var copy = Path.Combine(Path.GetDirectoryName(_path)!, $"{Guid.NewGuid():N}.so");
            File.Copy(_path, copy);
            var handle = NativeLibrary.Load(copy);
            File.Delete(copy);
            _run[worker] = (delegate* unmanaged<int, Launch*, long*, byte*, int, int>)NativeLibrary.GetExport(handle, "emulation_run");
            if (worker == 0)
            {
                ReadKernels(handle);
            }
        }
    }

    private (int Index, string Signature, int ParameterBytes) Find(string kernel)
        => _kernels.TryGetValue(kernel, out var found) ? found : throw new GpuException($"{_source} has no kernel {kernel}.");

    private static string Compile(string source)
    {
        var text = ReadSource(source);
        var names = KernelNames(text).ToList();
        var files = EngineSources(".cuh").Append("emulation.h").ToDictionary(name => name, ReadSource);
        files[source] = text;
        files["library.cpp"] = $$"""
            #define GATEWAY_EMULATION
            #include "{{source}}"
            static const emulation::Kernel kernels[] = { {{string.Concat(names.Select(name => $"emulation::kernel<&{name}>(\"{name}\"), "))}} };
            EMULATION_EXPORT int emulation_kernel_count() { return {{names.Count}}; }
            EMULATION_EXPORT const char* emulation_kernel_name(int index) { return kernels[index].name; }
            EMULATION_EXPORT const char* emulation_kernel_signature(int index) { return kernels[index].signature; }
            EMULATION_EXPORT i64 emulation_kernel_parameter_bytes(int index) { return kernels[index].parameter_bytes; }
            EMULATION_EXPORT int emulation_run(int index, const emulation::Launch* launch, i64* next, char* error, int error_bytes) {
                return emulation::run(kernels[index], *launch, next, error, error_bytes);
            }
            """;
        var content = string.Join('\0', files.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => file.Key + '\0' + file.Value));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Flags + LinkFlags + content)))[..32];
        var root = Path.Combine(Path.GetTempPath(), "gateway-emulated-kernels");
        var library = Path.Combine(root, $"{Path.GetFileNameWithoutExtension(source)}-{hash}.so");
        if (!File.Exists(library))
        {
            var folder = Directory.CreateDirectory(Path.Combine(root, $"{Guid.NewGuid():N}")).FullName;
            foreach (var (name, contents) in files)
            {
                File.WriteAllText(Path.Combine(folder, name), contents);
            }

            // The sanitizers' calls are answered in emulation.h, so their flags are not for the linker.
            Build([.. Flags.Split(' '), "-c", "library.cpp", "-o", "library.o"], source, folder);
            Build(["library.o", .. LinkFlags.Split(' '), "-o", "library.so"], source, folder);
            File.Move(Path.Combine(folder, "library.so"), library, overwrite: true);
            Directory.Delete(folder, recursive: true);
        }

        return library;
    }

    private static void Build(string[] arguments, string source, string folder)
    {
        var (exitCode, output) = RunTool("g++", "g++", arguments, folder);
        if (exitCode != 0)
        {
            throw new GpuException($"{source} does not compile for emulation:\n{output}");
        }
    }

    private void ReadKernels(nint handle)
    {
        var count = (delegate* unmanaged<int>)NativeLibrary.GetExport(handle, "emulation_kernel_count");
        var name = (delegate* unmanaged<int, nint>)NativeLibrary.GetExport(handle, "emulation_kernel_name");
        var signature = (delegate* unmanaged<int, nint>)NativeLibrary.GetExport(handle, "emulation_kernel_signature");
        var parameterBytes = (delegate* unmanaged<int, long>)NativeLibrary.GetExport(handle, "emulation_kernel_parameter_bytes");
        for (var i = 0; i < count(); i++)
        {
            _kernels.Add(Marshal.PtrToStringUTF8(name(i))!, (i, Marshal.PtrToStringUTF8(signature(i))!, (int)parameterBytes(i)));
        }
    }

    /// <summary>Blocks in an order with no system to it: i ↦ (i · multiplier + offset) mod count, with a multiplier coprime to the count.</summary>
    private static (long Multiplier, long Offset) Order(long count, ulong seed)
    {
        var multiplier = 1 + (long)(seed * 0x9E37_79B9_7F4A_7C15 % (ulong)count);
        while (System.Numerics.BigInteger.GreatestCommonDivisor(multiplier, count) != 1)
        {
            multiplier++;
        }

        return (multiplier, (long)(seed % (ulong)count));
    }

    /// <summary>Puts the line of the source in place of the address of a fault, where addr2line finds it.</summary>
    private string WithLine(string message)
        => CodePattern().Replace(message, match =>
        {
            var (exitCode, output) = RunTool("addr2line", "binutils", ["-e", _path, "0x" + match.Groups["address"].Value], Path.GetTempPath());
            return exitCode == 0 ? Path.GetFileName(output.Trim()) : match.Value;
        });

    [GeneratedRegex("<(?<address>[0-9a-f]+)>", RegexOptions.ExplicitCapture)]
    private static partial Regex CodePattern();

    [GeneratedRegex(
        """extern\s+"C"\s+__global__\s+(__launch_bounds__\s*\([^)]*\)\s*)?void\s+(__launch_bounds__\s*\([^)]*\)\s*)?(?<name>\w+)\s*\(""",
        RegexOptions.ExplicitCapture)]
    private static partial Regex KernelPattern();

    /// <summary>As emulation.h has it.</summary>
    private struct Launch
    {
        public int GridX;
        public int GridY;
        public int GridZ;
        public int BlockX;
        public int BlockY;
        public int BlockZ;
        public long BlockCount;
        public long Multiplier;
        public long Offset;
        public ulong Seed;
        public ulong* Arguments;
        public long SharedBytes;
    }
}
