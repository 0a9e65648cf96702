using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Tests.Kernels.Cpu;
using Gateway.Engine.Tests.Weights.Gguf;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Models;

/// <summary>Whole quantised models: the kernel set, the threads and the pieces of a prompt change nothing, not even a bit.</summary>
public sealed class CpuKernelSetTests
{
    private static readonly int[] Prompt = [.. Enumerable.Range(0, 83).Select(i => (i * 37 % 480) + 3)];

    public static TheoryData<string, Quantization> Models =>
        new(from folder in Goldens.Folders("models")
            where Path.GetFileName(folder) is "deepseek_v2_lite" or "deepseek_v3" or "qwen2_distill"
            from quantization in new[] { Quantization.Q8_0, Quantization.Q4 }
            select (folder, quantization))
        {
            { GgufGoldens.Files().First(file => file.EndsWith("-Q4_K_M.gguf", StringComparison.Ordinal)), Quantization.None },
        };

    [Theory]
    [MemberData(nameof(Models))]
    public void Forward_EverySetThreadsAndChunks_GiveTheSameBits(string path, Quantization quantization)
    {
        var expected = Logits(LoadedModel.OnCpu(path, quantization, threads: 1, kernels: CpuKernelSet.Choose(CpuKernels.Portable)), Prompt.Length);
        foreach (var kernels in TestedKernels.Names)
        {
            foreach (var (threads, chunk) in new[] { (1, 7), (2, Prompt.Length), (3, 25), (2, 1) })
            {
                var seen = Logits(LoadedModel.OnCpu(path, quantization, threads, kernels: TestedKernels.Set(kernels)), chunk);
                for (var position = 0; position < expected.Length; position++)
                {
                    Assert.True(
                        expected[position].AsSpan().SequenceEqual(seen[position]), $"{kernels}, {threads} threads, pieces of {chunk}: position {position}");
                }
            }
        }
    }

    [Fact]
    public void Choose_EverySet_RunsOrIsRefusedByName()
    {
        foreach (var kernels in Enum.GetValues<CpuKernels>().Where(kernels => kernels != CpuKernels.Auto))
        {
            if (TestedKernels.Available.Contains(kernels))
            {
                Assert.Equal(kernels, CpuKernelSet.Choose(kernels).Kernels);
                continue;
            }

            var exception = Assert.Throws<EngineOptionsException>(() => CpuKernelSet.Choose(kernels));
            Assert.Contains($"CpuKernels is {kernels.ToString().ToLowerInvariant()}", exception.Message, StringComparison.Ordinal);
            Assert.Contains("use auto", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Choose_Auto_IsTheFastestThatRuns() =>
        Assert.Equal(TestedKernels.Available.Max(), CpuKernelSet.Choose(CpuKernels.Auto).Kernels);

    private static float[][] Logits(LoadedModel model, int chunk)
    {
        using var backend = model.Backend;
        var run = new ModelRun(model, 1, Prompt.Length);
        return [.. Prompt.Chunk(chunk).SelectMany(piece => run.Forward(0, piece, piece.Length))];
    }
}
