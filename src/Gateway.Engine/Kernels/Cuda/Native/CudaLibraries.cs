using System.Reflection;
using System.Runtime.InteropServices;

namespace Gateway.Engine.Kernels.Cuda.Native;

/// <summary>Finds NVIDIA's libraries on this machine. None of them is shipped with the product.</summary>
internal static class CudaLibraries
{
    public const string Driver = "cuda";
    public const string Compiler = "nvrtc";
    public const string Products = "cublasLt";

    private static readonly Dictionary<string, (string[] Files, string Fix)> Known = new()
    {
        [Driver] = (["libcuda.so.1", "libcuda.so"], "It comes with NVIDIA's driver: install one of version 525 or later, and give the process access to /dev/nvidia*."),
        [Compiler] = (
            ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"],
            "It is part of the CUDA toolkit 12 or 13 (package cuda-nvrtc); put its folder on LD_LIBRARY_PATH, or set CUDA_HOME."),
        [Products] = (
            ["libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so"],
            "It is part of the CUDA toolkit 12 or 13 (package libcublas); put its folder on LD_LIBRARY_PATH, or set CUDA_HOME."),
    };

    static CudaLibraries() => NativeLibrary.SetDllImportResolver(typeof(CudaLibraries).Assembly, Resolve);

    /// <summary>Null when all are here; otherwise which one is missing, where it was looked for, and what to install.</summary>
    public static string? FindMissing()
    {
        foreach (var name in Known.Keys)
        {
            if (Load(name) == 0)
            {
                return Missing(name);
            }
        }

        return null;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (!Known.ContainsKey(name))
        {
            return 0;
        }

        var handle = Load(name);
        return handle != 0 ? handle : throw new GpuException(Missing(name));
    }

    private static nint Load(string name)
    {
        foreach (var path in Candidates(name))
        {
            if (NativeLibrary.TryLoad(path, out var handle))
            {
                return handle;
            }
        }

        return 0;
    }

    /// <summary>The loader's own search first, then where toolkits install themselves.</summary>
    private static IEnumerable<string> Candidates(string name) =>
        Folders().SelectMany(folder => Known[name].Files.Select(file => Path.Combine(folder, file)));

    private static IEnumerable<string> Folders()
    {
        yield return "";
        foreach (var variable in new[] { "CUDA_HOME", "CUDA_PATH" })
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } home)
            {
                yield return Path.Combine(home, "lib64");
            }
        }

        yield return "/usr/local/cuda/lib64";
        yield return "/usr/lib/x86_64-linux-gnu";
    }

    private static string Missing(string name)
    {
        var (files, fix) = Known[name];
        return $"{files[0]} was not found by the system's loader, nor in {string.Join(", ", Folders().Skip(1))}. {fix}";
    }
}
