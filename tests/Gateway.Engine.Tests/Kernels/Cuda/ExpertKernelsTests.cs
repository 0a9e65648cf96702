using Gateway.Engine.Kernels.Cuda;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cuda;

public sealed class ExpertKernelsTests
{
    public static TheoryData<string> Tiles => [.. ExpertTile.All.Where(tile => !tile.ByWarpgroups).Select(tile => tile.Suffix)];

    public static TheoryData<string, int, bool, bool> TilesOfFloat8 =>
        new(
            from tokens in new[] { 32, 64, 128 }
            from form in new[] { (GateUp: true, Down: true), (GateUp: true, Down: false), (GateUp: false, Down: true) }
            select (ExpertTile.All.First(tile => tile.Tokens == tokens && !tile.ByWarpgroups).Suffix, tokens + 13, form.GateUp, form.Down));

    [Theory]
    [InlineData(false, 1, 128, 48)]
    [InlineData(false, 11, 60, 21)]
    [InlineData(true, 1, 128, 48)]
    [InlineData(true, 4, 2056, 24)] // more columns than a block reads ahead
    [InlineData(true, 8, 72, 200)]
    [InlineData(true, 3, 60, 48)] // no multiple of 8: the simple kernels
    [InlineData(true, 13, 64, 20)]
    public void Run_AnyTokens_IsTheWeightedSumOfTheExperts(bool isHalf, int tokens, int hiddenSize, int innerSize)
    {
        var layer = new ExpertLayer(isHalf ? ElementType.BFloat16 : ElementType.Float32, 12, hiddenSize, innerSize);
        layer.AssertRight(layer.Random(tokens, 4), tile: null);
    }

    [Theory]
    [MemberData(nameof(Tiles))]
    public void Run_EveryTile_IsTheWeightedSumOfTheExperts(string suffix)
    {
        // Widths that are no multiple of a tile; more slices of columns than stages; an expert with several tiles.
        var tile = ExpertTile.All.Single(tile => tile.Suffix == suffix);
        var layer = new ExpertLayer(ElementType.BFloat16, 5, 8 * 45, 8 * 11);
        layer.AssertRight(layer.Random(tile.Tokens + 13 > 100 ? 40 : tile.Tokens + 13, 2), tile);
    }

    [Theory]
    [InlineData(1, 128, 48, true, true, 2)]
    [InlineData(4, 2064, 32, true, true, 2)] // more columns than a block reads ahead
    [InlineData(8, 144, 208, true, true, 4)]
    [InlineData(5, 272, 136, true, false, 4)] // an inner width that is no multiple of 16
    [InlineData(2, 72, 160, false, true, 2)]
    public void Run_FewTokensOfFloat8Weights_IsTheWeightedSumOfTheExperts(
        int tokens, int hiddenSize, int innerSize, bool isGateUpFloat8, bool isDownFloat8, int ahead)
    {
        var layer = new ExpertLayer(ElementType.BFloat16, 12, hiddenSize, innerSize, isGateUpFloat8, isDownFloat8) { ChunksAhead = (ahead, 4) };
        layer.AssertRight(layer.Random(tokens, 4), tile: null);
    }

    [Theory]
    [MemberData(nameof(TilesOfFloat8))]
    public void Run_EveryTileOfFloat8Weights_IsTheWeightedSumOfTheExperts(string suffix, int tokens, bool isGateUpFloat8, bool isDownFloat8)
    {
        // Rows that are no multiple of a tile's; more slices of columns than stages, the last one not full; an expert with several tiles, padded tokens.
        var tile = ExpertTile.All.Single(tile => tile.Suffix == suffix);
        var layer = new ExpertLayer(ElementType.BFloat16, 3, 16 * 43, 16 * 9, isGateUpFloat8, isDownFloat8);
        layer.AssertRight([.. Enumerable.Range(0, tokens).Select(i => i % 11 == 5 ? new[] { -1, -1 } : i < 9 ? new[] { 0, 1 } : [1, 2])], tile);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(40)]
    public void Run_Float8WeightsAgain_GivesTheSameBits(int tokens)
    {
        var layer = new ExpertLayer(ElementType.BFloat16, 8, 144, 80, isGateUpFloat8: true, isDownFloat8: true);
        var experts = layer.Random(tokens, 3);
        Assert.Equal(layer.Run(experts, tile: null, seed: 1), layer.Run(experts, tile: null, seed: 99));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(256)]
    public void Run_TileThatFloat8WeightsHaveNot_SaysSo(int rows)
    {
        var tile = rows == 256 ? new ExpertTile(256, 128, 4, 8, true) : new ExpertTile(128, 8, 4, 8);
        var layer = new ExpertLayer(ElementType.BFloat16, 4, 256, 128, isGateUpFloat8: true, isDownFloat8: true);
        var error = Assert.Throws<ArgumentException>(() => layer.Run(layer.Random(9, 2), tile, seed: 1));
        Assert.Contains("and these weights", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(512, 128, 3)]
    [InlineData(256, 384, 200)]
    [InlineData(256, 256, 1)]
    public void Run_ByWarpgroups_IsTheWeightedSumOfTheExperts(int hiddenSize, int innerSize, int multiprocessors)
    {
        // More slices of columns than stages, or fewer; an expert with two tiles, the second of which leaves a warpgroup idle; an expert
        // with none; blocks with several jobs, or one.
        var tile = ExpertTile.All.Single(tile => tile.ByWarpgroups);
        var layer = new ExpertLayer(ElementType.BFloat16, 4, hiddenSize, innerSize) { Multiprocessors = multiprocessors };
        int[][] experts = [.. Enumerable.Range(0, tile.Tokens + 20).Select(i => i % 13 == 5 ? new[] { -1, -1 } : i < 9 ? new[] { 0, 3 } : [1, 3])];
        layer.AssertRight(experts, tile);
    }

    [Fact]
    public void Run_WidthThatATileByWarpgroupsDoesNotDivide_SaysSo()
    {
        var layer = new ExpertLayer(ElementType.BFloat16, 4, 256, 72);
        var error = Assert.Throws<ArgumentException>(() => layer.Run(layer.Random(9, 2), new ExpertTile(256, 128, 4, 8, true), seed: 1));
        Assert.Contains("256 by 72", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9, 2048, 1408, 4096, true)]
    [InlineData(8, 2048, 1408, 4096, false)] // Ampere
    [InlineData(10, 2048, 1408, 4096, false)] // Blackwell has no wgmma
    [InlineData(9, 2048, 1400, 4096, false)]
    [InlineData(9, 2048, 1408, 500, false)]
    public void For_ManyTokensPerExpert_TakesWarpgroupsWhereItCan(int major, int hiddenSize, int innerSize, int tokens, bool expected)
    {
        var properties = new GpuProperties("Some", major, 0, 132, 227 * 1024, 1L << 30);
        var tile = ExpertTile.For(properties, tokens, 8, new ExpertWeights(default, default, 66, hiddenSize, innerSize));
        Assert.Equal(expected, tile.ByWarpgroups);
        Assert.Contains(tile, ExpertTile.All);
        var ofFloat8 = new DeviceMatrix(default, new DevicePointer(1));
        var mixed = ExpertTile.For(properties, tokens, 8, new ExpertWeights(ofFloat8, default, 66, hiddenSize, innerSize));
        Assert.False(mixed.ByWarpgroups);
        Assert.Contains(mixed.OfType(ofFloat8), ExpertTile.Float8);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(37)]
    public void Run_AllTokensOnTheSameExperts_LeavesTheOthersAlone(int tokens)
    {
        var layer = new ExpertLayer(ElementType.BFloat16, 9, 64, 40);
        layer.AssertRight([.. Enumerable.Repeat(new[] { 3, 7 }, tokens)], tile: null);
    }

    [Theory]
    [InlineData(false, 3)]
    [InlineData(true, 1)]
    [InlineData(true, 7)]
    [InlineData(true, 20)]
    public void Run_PaddedTokens_AreLeftAlone(bool isHalf, int tokens)
    {
        var layer = new ExpertLayer(isHalf ? ElementType.BFloat16 : ElementType.Float32, 6, 64, 32);
        var experts = layer.Random(tokens, 2);
        for (var token = 0; token < tokens; token += 3)
        {
            experts[token] = [-1, -1];
        }

        layer.AssertRight(experts, tile: null);
    }

    [Fact]
    public void Run_MoreTokensThanASegment_SortsThemAllTheSame()
    {
        var layer = new ExpertLayer(ElementType.BFloat16, 7, 16, 8);
        var experts = layer.Random(600, 2);
        experts[300] = [-1, -1];
        layer.AssertRight(experts, new ExpertTile(128, 32, 4, 8));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(40)]
    public void Run_Again_GivesTheSameBits(int tokens)
    {
        var layer = new ExpertLayer(ElementType.BFloat16, 8, 136, 72);
        var experts = layer.Random(tokens, 3);
        Assert.Equal(layer.Run(experts, tile: null, seed: 1), layer.Run(experts, tile: null, seed: 99));
    }

    [Theory]
    [InlineData(1, 2, 2)]
    [InlineData(5, 4, 2)]
    [InlineData(8, 4, 4)]
    public void Run_OtherReadAhead_IsTheWeightedSumOfTheExperts(int tokens, int gateUp, int down)
    {
        var layer = new ExpertLayer(ElementType.BFloat16, 6, 8 * 70, 8 * 70) { ChunksAhead = (gateUp, down) };
        layer.AssertRight(layer.Random(tokens, 2), tile: null);
    }

    [Fact]
    public void Run_TokenAloneOrWithOthers_GivesTheSameBitsInTheGroupedProduct()
    {
        var layer = new ExpertLayer(ElementType.BFloat16, 6, 64, 64);
        var experts = layer.Random(24, 2);
        var all = layer.Run(experts, new ExpertTile(128, 16, 4, 8), seed: 1);
        var first = layer.Run(experts[..12], new ExpertTile(128, 16, 4, 8), seed: 1);
        Assert.Equal(first, all[..first.Length]);
    }

    [Theory]
    [InlineData(false, 5, 60, 21, false)]
    [InlineData(false, 3, 64, 16, false)]
    [InlineData(true, 1, 128, 48, false)]
    [InlineData(true, 7, 72, 200, false)]
    [InlineData(true, 6, 60, 44, false)] // no multiple of 8: the simple product
    [InlineData(true, 30, 136, 40, false)]
    [InlineData(true, 8, 144, 208, true)]
    [InlineData(true, 21, 272, 144, true)]
    public void Run_EachTokenUnderItsOwnAdapter_IsTheSumOfTheMergedExperts(bool isHalf, int tokens, int hiddenSize, int innerSize, bool isFloat8)
    {
        var layer = new ExpertLayer(isHalf ? ElementType.BFloat16 : ElementType.Float32, 6, hiddenSize, innerSize, isFloat8, isFloat8) { Adapters = 3 };
        var experts = layer.Random(tokens, 3);
        if (tokens > 2)
        {
            experts[2] = [-1, -1, -1];
        }

        layer.AssertRight(experts, tile: null);
    }

    [Fact]
    public void Run_UnderAdaptersByWarpgroups_IsTheSumOfTheMergedExperts()
    {
        var tile = ExpertTile.All.Single(tile => tile.ByWarpgroups);
        var layer = new ExpertLayer(ElementType.BFloat16, 4, 256, 128) { Adapters = 3 };
        layer.AssertRight([.. Enumerable.Range(0, tile.Tokens + 9).Select(i => i % 13 == 5 ? new[] { -1, -1 } : i < 9 ? new[] { 0, 3 } : [1, 3])], tile);
    }

    [Fact]
    public void Run_UnknownTile_SaysSo()
    {
        var layer = new ExpertLayer(ElementType.BFloat16, 4, 64, 32);
        var error = Assert.Throws<ArgumentException>(() => layer.Run(layer.Random(9, 2), new ExpertTile(128, 24, 4, 8), seed: 1));
        Assert.Contains("Tokens = 24", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64, 8)]
    [InlineData(1000, 12)]
    [InlineData(1, 8)]
    public void MaxTiles_WorstSpread_IsReachedAndNotPassed(int choices, int tokens)
    {
        const int Experts = 10;
        var tile = new ExpertTile(128, tokens, 4, 8);

        // One token more than full tiles for as many experts as possible.
        var counts = new int[Math.Min(Experts, choices)];
        var left = choices;
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = 1;
            left--;
        }

        for (var i = 0; left >= tokens; i = (i + 1) % counts.Length)
        {
            counts[i] += tokens;
            left -= tokens;
        }

        counts[0] += left;
        Assert.Equal(counts.Sum(count => (count + tokens - 1) / tokens), tile.MaxTiles(choices, Experts));
    }
}
