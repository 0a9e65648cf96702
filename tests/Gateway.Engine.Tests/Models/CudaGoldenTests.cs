using Gateway.Engine.Kernels.Cuda;
using Xunit;

namespace Gateway.Engine.Tests.Models;

/// <summary>Golden checkpoints through the GPU backend, with its kernels run on the CPU.</summary>
public sealed class CudaGoldenTests(ITestOutputHelper output)
{
    private const double ExactTolerance = 1e-4;

    // goldens/README.md, "bfloat16, mixture families" and "dense families": an expert flips now and then, so medians are compared.
    private const double MedianInBFloat16 = 0.1;
    private const double ArgmaxInBFloat16 = 0.7;

    // The first long enough to be attended to as a prompt, or in pieces.
    private const int LongestPrompt = 64;

    private static readonly string[] Unsupported = ["deepseek_v32", "deepseek_v4"];

    public static TheoryData<string> Folders =>
        [.. Directory.GetDirectories(Path.Combine(Goldens.Roots[0], "models")).Order(StringComparer.Ordinal).Where(folder => !Unsupported.Contains(GoldenModel.FamilyOf(folder)))];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_Float32_LogitsAndTokensMatchTheReference(string folder)
    {
        using var golden = new GoldenModel(folder);
        var loaded = LoadedModel.OnEmulatedGpu(folder, ElementType.Float32);
        using var backend = loaded.Backend;
        foreach (var prompt in golden.Prompts.Where(prompt => prompt.Ids.Length <= LongestPrompt))
        {
            var run = new ModelRun(loaded, 1, prompt.Ids.Length + 8);
            var logits = prompt.Ids.Chunk(40).SelectMany(chunk => run.Forward(0, chunk, chunk.Length)).ToArray();
            Assert.True(Worst(golden, prompt, logits) <= ExactTolerance, $"{prompt.Name}: {Worst(golden, prompt, logits):E2}");
            var next = logits[^1];
            foreach (var expected in prompt.Greedy.Take(8))
            {
                Assert.Equal(expected, Best(next));
                next = run.Forward(0, [expected], 1)[0];
            }
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_BFloat16_LogitsLieWithinTheNoiseOfBFloat16(string folder)
    {
        using var golden = new GoldenModel(folder);
        var loaded = LoadedModel.OnEmulatedGpu(folder, ElementType.BFloat16);
        using var backend = loaded.Backend;
        List<double> differences = [];
        List<bool> agreements = [];
        foreach (var prompt in golden.Prompts.Where(prompt => prompt.Ids.Length <= LongestPrompt))
        {
            var logits = new ModelRun(loaded, 1, prompt.Ids.Length).Forward(0, prompt.Ids, prompt.Ids.Length);
            var expected = Expected(golden, prompt);
            differences.AddRange(Differences(golden, prompt, logits));
            agreements.AddRange(prompt.Positions.Select((position, i) => Best(expected[i]) == Best(logits[position])));
        }

        differences.Sort();
        var (median, argmax) = (differences[differences.Count / 2], agreements.Count(agrees => agrees) / (double)agreements.Count);
        output.WriteLine($"median {median:F4}, largest {differences[^1]:F4}, argmax {argmax:F2}");
        Assert.True(median <= MedianInBFloat16, $"median {median:F3}");
        Assert.True(argmax >= ArgmaxInBFloat16, $"argmax {argmax:F2}");
    }

    private static double Worst(GoldenModel golden, GoldenPrompt prompt, float[][] logits) => Differences(golden, prompt, logits).Max();

    /// <summary>Per position the largest difference, as a part of the prompt's largest logit.</summary>
    private static IEnumerable<double> Differences(GoldenModel golden, GoldenPrompt prompt, float[][] logits)
    {
        var expected = Expected(golden, prompt);
        var scale = expected.Max(row => row.Max(MathF.Abs));
        return prompt.Positions.Select((position, i) => expected[i].Zip(logits[position], (a, b) => MathF.Abs(a - b)).Max() / (double)scale);
    }

    private static float[][] Expected(GoldenModel golden, GoldenPrompt prompt) =>
        [.. golden.Tensors.Floats(prompt.LogitsKey).Chunk(golden.Tensors.Columns(prompt.LogitsKey))];

    private static int Best(float[] logits) => Array.IndexOf(logits, logits.Max());
}
