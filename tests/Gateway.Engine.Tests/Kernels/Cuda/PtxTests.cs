using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cuda;

/// <summary>
/// Every CUDA source compiles for a GPU too: clang makes PTX of it for sm_80, the newest architecture that clang 14 knows. Code for
/// newer ones stands under <c>#if __CUDA_ARCH__ >= 900</c> and is not seen here.
/// </summary>
public sealed class PtxTests
{
    private const string Flags =
        "-x cuda --cuda-device-only --cuda-gpu-arch=sm_80 -Xclang -target-feature -Xclang +ptx71 -nocudainc -nocudalib -std=c++17 -O1 -S " +
        "-Wall -Werror -Wno-unused-function -Wno-unknown-pragmas -Wno-pass-failed -I. -include ptx.h";

    public static TheoryData<string> Sources => [.. EmulatedLibrary.EngineSources(".cu"), "test_kernels.cu", "launches.cu"];

    [Theory]
    [MemberData(nameof(Sources))]
    public void Compile_ForAGpu_GivesCodeOfEveryKernel(string source)
    {
        var folder = Directory.CreateTempSubdirectory("gateway-ptx-").FullName;
        try
        {
            foreach (var name in EmulatedLibrary.EngineSources(".cuh").Append("ptx.h").Append(source))
            {
                File.WriteAllText(Path.Combine(folder, name), EmulatedLibrary.ReadSource(name));
            }

            var (exitCode, output) = EmulatedLibrary.RunTool("clang-14", "clang-14", [.. Flags.Split(' '), source, "-o", "kernels.ptx"], folder);
            Assert.True(exitCode == 0, output);
            var ptx = File.ReadAllText(Path.Combine(folder, "kernels.ptx"));
            var kernels = EmulatedLibrary.KernelNames(EmulatedLibrary.ReadSource(source)).ToList();
            Assert.NotEmpty(kernels);
            Assert.All(kernels, kernel => Assert.Matches($@"\.entry {kernel}\b", ptx));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
