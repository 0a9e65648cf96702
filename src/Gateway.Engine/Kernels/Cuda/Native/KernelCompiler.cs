using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Engine.Kernels.Cuda.Native;

/// <summary>
/// Compiles the embedded CUDA sources for a device, and keeps the result on disk: a source takes seconds to compile and
/// milliseconds to load. A cached file is found by the hash of all that it depends on, so it is never stale.
/// </summary>
/// <param name="context">The device.</param>
/// <param name="cacheFolder">Where compiled kernels are kept; made when it is missing.</param>
internal sealed unsafe class KernelCompiler(CudaContext context, string cacheFolder)
{
    private static readonly string[] Headers = [.. KernelSources.Names.Where(name => name.EndsWith(".cuh", StringComparison.Ordinal))];

    /// <summary>Machine code of a source.</summary>
    /// <param name="source">Its name, which the cached file and messages carry.</param>
    /// <param name="text">What it says.</param>
    /// <exception cref="GpuException">It does not compile.</exception>
    public byte[] Compile(string source, string text)
    {
        var properties = context.Properties;
        var hopper = properties.ComputeMajor == 9 ? "a" : "";
        string[] options =
        [
            $"--gpu-architecture=sm_{properties.ComputeMajor}{properties.ComputeMinor}{hopper}",
            "--std=c++17",
            "--generate-line-info",
        ];
        var file = Path.Combine(cacheFolder, Path.ChangeExtension(source, Key(text, options) + ".cubin"));
        if (File.Exists(file))
        {
            return File.ReadAllBytes(file);
        }

        var binary = Compile(source, text, options);
        Keep(file, binary);
        return binary;
    }

    private string Key(string text, string[] options)
    {
        CompilerApi.Version(out var major, out var minor);
        var all = new StringBuilder();
        all.Append(CultureInfo.InvariantCulture, $"{context.DriverVersion} {major}.{minor} {string.Join(' ', options)}\n").Append(text);
        foreach (var header in Headers)
        {
            all.Append(KernelSources.Read(header));
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all.ToString())))[..32];
    }

    private static byte[] Compile(string source, string text, string[] options)
    {
        Check(CompilerApi.CreateProgram(out var program, text, source, Headers.Length, [.. Headers.Select(KernelSources.Read)], Headers), source, "");
        try
        {
            var result = CompilerApi.CompileProgram(program, options.Length, options);
            Check(result, source, result == 0 ? "" : Log(program));
            Check(CompilerApi.GetBinarySize(program, out var size), source, "");
            var binary = new byte[(int)size];
            fixed (byte* bytes = binary)
            {
                Check(CompilerApi.GetBinary(program, bytes), source, "");
            }

            return binary;
        }
        finally
        {
            _ = CompilerApi.DestroyProgram(ref program);
        }
    }

    private static string Log(nint program)
    {
        Check(CompilerApi.GetLogSize(program, out var size), "log", "");
        var log = new byte[(int)size];
        fixed (byte* bytes = log)
        {
            Check(CompilerApi.GetLog(program, bytes), "log", "");
        }

        return Encoding.UTF8.GetString(log).TrimEnd('\0', '\n');
    }

    private static void Check(int result, string source, string log)
    {
        if (result != 0)
        {
            throw new GpuException($"NVRTC could not compile {source} (result {result}). {log}");
        }
    }

    /// <summary>Another process may write the same file at the same time; each of them writes one whole file.</summary>
    private static void Keep(string file, byte[] binary)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            var part = $"{file}.{Guid.NewGuid():N}";
            File.WriteAllBytes(part, binary);
            File.Move(part, file, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A cache that cannot be written costs seconds at the next start, nothing else.
        }
    }
}
