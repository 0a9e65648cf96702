using Gateway.Engine.Adapters;
using Gateway.Engine.Tests.Models;
using Xunit;

namespace Gateway.Engine.Tests.Adapters;

/// <summary>The golden adapters against the logits of PEFT.</summary>
public sealed class LoraGoldenTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-4;

    // An order of names that is not that of the list: numbers go by names.
    private const int Bare = 0;
    private const int Golden = 1;
    private const int Opposite = 2;

    public static TheoryData<string> Folders => [.. Goldens.Folders("lora")];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_WholePromptChunksAndSingleTokens_LogitsAreTheReferences(string folder)
    {
        using var golden = new LoraGolden(folder);
        var loaded = Load(golden);
        using var backend = loaded.Backend;
        foreach (var (ids, unmerged, merged) in golden.Prompts)
        {
            foreach (var chunk in new[] { ids.Length, 7, 1 })
            {
                var run = new ModelRun(loaded, 1, ids.Length) { Adapters = [Golden] };
                var logits = ids.Chunk(chunk).SelectMany(piece => run.Forward(0, piece, piece.Length)).ToArray();
                var (beside, within) = (golden.Difference(unmerged, logits), golden.Difference(merged, logits));
                output.WriteLine($"{ids.Length} tokens in pieces of {chunk}: {beside:E1} unmerged, {within:E1} merged");
                Assert.InRange(beside, 0, Tolerance);
                Assert.InRange(within, 0, Tolerance);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_BesideBareAndOtherAdapter_EachIsAsAlone(string folder)
    {
        using var golden = new LoraGolden(folder);
        LoadedModel loaded = Load(golden), bare = LoadedModel.OnCpu(golden.ModelFolder);
        var (ids, unmerged, _) = golden.Prompts.MaxBy(prompt => prompt.Ids.Length);
        int[] adapters = [Opposite, Golden, Bare, Golden];
        var together = new ModelRun(loaded, 4, ids.Length) { Adapters = adapters };
        List<float[]>[] logits = [[], [], [], []];
        for (var position = 0; position < ids.Length;)
        {
            // A piece of the prompt, then single tokens, all four sequences in each step.
            var count = Math.Min(position == 0 ? 40 : 1, ids.Length - position);
            var rows = together.Forward(Enumerable.Range(0, 4).Select(sequence => (sequence, ids[position..(position + count)], count)));
            for (var sequence = 0; sequence < 4; sequence++)
            {
                logits[sequence].AddRange(rows[(sequence * count)..((sequence + 1) * count)]);
            }

            position += count;
        }

        Assert.Equal(new ModelRun(bare, 1, ids.Length).Forward(0, ids, ids.Length), logits[2]);
        foreach (var sequence in new[] { 0, 1, 3 })
        {
            var alone = new ModelRun(loaded, 1, ids.Length) { Adapters = [adapters[sequence]] };
            Assert.Equal(alone.Forward(0, ids, ids.Length), logits[sequence]);
        }

        Assert.InRange(golden.Difference(unmerged, [.. logits[1]]), 0, Tolerance);

        // They would hardly show a mistake if the adapters did little.
        Assert.True(golden.Difference(unmerged, [.. logits[0]]) > 0.1);
        Assert.True(golden.Difference(unmerged, [.. logits[2]]) > 0.1);
        bare.Backend.Dispose();
        loaded.Backend.Dispose();
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Read_GoldenFolder_HasItsRankAndScaling(string folder)
    {
        using var golden = new LoraGolden(folder);
        Assert.Equal(4, golden.Adapter.Rank);
        Assert.All(golden.Adapter.Pairs.Values, pair => Assert.Equal(golden.Scaling, pair.Scaling));
    }

    private static LoadedModel Load(LoraGolden golden)
    {
        var opposite = golden.Adapter with
        {
            Name = "opposite",
            Pairs = golden.Adapter.Pairs.ToDictionary(pair => pair.Key, pair => pair.Value with { Scaling = -pair.Value.Scaling / 2 }),
        };
        return LoadedModel.OnCpu(golden.ModelFolder, adapters: [opposite, golden.Adapter]);
    }
}
