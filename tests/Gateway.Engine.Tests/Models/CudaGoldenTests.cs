using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models.DeepSeekV2;
using Xunit;

namespace Gateway.Engine.Tests.Models;

/// <summary>Golden checkpoints through the GPU backend, with its kernels run on the CPU.</summary>
public sealed class CudaGoldenTests(ITestOutputHelper output)
{
    // As for the CPU in float32. In bfloat16 what goldens/README.md says of transformers in bfloat16: the largest difference of its table.
    private const double ExactTolerance = 1e-4;
    private const double LargestInBFloat16 = 0.89;
    private const double MedianInBFloat16 = 0.042;

    public static TheoryData<string> Folders =>
        [.. Directory.GetDirectories(Path.Combine(Goldens.RepositoryRoot, "tests", "goldens", "models"))
            .Where(folder => GoldenModel.FamilyOf(folder) == DeepSeekV2Config.ModelType)];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_Float32_LogitsAndTokensMatchTheReference(string folder)
    {
        using var golden = new GoldenModel(folder);
        var loaded = LoadedModel.OnEmulatedGpu(folder, ElementType.Float32);
        using var backend = loaded.Backend;
        foreach (var prompt in golden.Prompts.Where(prompt => prompt.Ids.Length <= 64))
        {
            var run = new ModelRun(loaded, 1, prompt.Ids.Length + 8);
            var logits = prompt.Ids.Chunk(40).SelectMany(chunk => run.Forward(0, chunk, chunk.Length)).ToArray();
            Assert.True(Worst(golden, prompt, logits) <= ExactTolerance, $"{prompt.Name}: {Worst(golden, prompt, logits):E2}");
            var next = logits[^1];
            foreach (var expected in prompt.Greedy.Take(8))
            {
                Assert.Equal(expected, Array.IndexOf(next, next.Max()));
                next = run.Forward(0, [expected], 1)[0];
            }
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_BFloat16_LogitsLieAsNearAsTransformersInBFloat16(string folder)
    {
        using var golden = new GoldenModel(folder);
        var loaded = LoadedModel.OnEmulatedGpu(folder, ElementType.BFloat16);
        using var backend = loaded.Backend;
        foreach (var prompt in golden.Prompts.Where(prompt => prompt.Ids.Length <= 64))
        {
            var logits = new ModelRun(loaded, 1, prompt.Ids.Length).Forward(0, prompt.Ids, prompt.Ids.Length);
            var differences = Differences(golden, prompt, logits).Order().ToArray();
            output.WriteLine($"{prompt.Name}: median {differences[differences.Length / 2]:F4}, largest {differences[^1]:F4}");
            Assert.True(differences[^1] <= LargestInBFloat16, $"{prompt.Name}: largest {differences[^1]:F3}");
            Assert.True(differences[differences.Length / 2] <= MedianInBFloat16, $"{prompt.Name}: median {differences[differences.Length / 2]:F3}");
        }
    }

    private static double Worst(GoldenModel golden, GoldenPrompt prompt, float[][] logits) => Differences(golden, prompt, logits).Max();

    /// <summary>Per position the largest difference, as a part of the prompt's largest logit.</summary>
    private static IEnumerable<double> Differences(GoldenModel golden, GoldenPrompt prompt, float[][] logits)
    {
        var expected = golden.Tensors.Floats(prompt.LogitsKey).Chunk(golden.Tensors.Columns(prompt.LogitsKey)).ToArray();
        var scale = expected.Max(row => row.Max(MathF.Abs));
        return prompt.Positions.Select((position, i) => expected[i].Zip(logits[position], (a, b) => MathF.Abs(a - b)).Max() / (double)scale);
    }
}
