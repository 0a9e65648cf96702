using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Synthesis;
using Gateway.Engine.Tests.Kernels.Cuda;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Synthesis;

public sealed class Float8CheckpointTests
{
    private const string Name = "model.layers.0.self_attn.o_proj.weight";

    [Fact]
    public void ReadRows_MatrixOfALayer_IsItsSourceRoundedToFourBits()
    {
        using var source = new SyntheticCheckpoint(SyntheticShape.V2Tiny, 1);
        using var checkpoint = new Float8Checkpoint(source);
        var (entry, scales) = (checkpoint.Find(Name)!, checkpoint.Find(Name + "_scale_inv")!);
        var (rows, columns) = ((int)entry.Shape[0], (int)entry.Shape[1]);
        Assert.Equal(("F8_E4M3", rows * columns), (entry.Type, (int)entry.ByteCount));
        Assert.Equal([rows / 128, columns / 128], scales.Shape);
        var squares = MemoryMarshal.Cast<byte, float>(Read(checkpoint, scales, 0, (int)scales.ByteCount)).ToArray();
        Assert.InRange(squares.Distinct().Count(), 2, squares.Length);
        var widened = new float[rows * columns];
        WeightRows.CopyWidened(WeightMatrix.FromFloat8(rows, columns, Read(checkpoint, entry, 0, rows * columns), squares), 0, rows, widened);
        var exact = new float[rows * columns];
        Widening.Widen(MemoryMarshal.Cast<byte, ushort>(Read(source, source.Find(Name)!, 0, 2 * rows * columns)), WeightFormat.BFloat16, exact);
        Assert.InRange(Values.RelativeError([.. exact.Select(value => (double)value)], widened), 0.01, 0.04);
        Assert.Equal(Read(checkpoint, entry, 0, rows * columns)[(130 * columns)..(140 * columns)], Read(checkpoint, entry, 130, 10 * columns));
    }

    [Theory]
    [InlineData("model.embed_tokens.weight")]
    [InlineData("lm_head.weight")]
    [InlineData("model.layers.1.mlp.gate.weight")]
    [InlineData("model.norm.weight")]
    public void Find_WhatIsNotOfALayersProducts_StaysAsItIs(string name)
    {
        using var checkpoint = new Float8Checkpoint(new SyntheticCheckpoint(SyntheticShape.V2Tiny, 1));
        Assert.Equal("BF16", checkpoint.Find(name)!.Type);
        Assert.Null(checkpoint.Find(name + "_scale_inv"));
        Assert.DoesNotContain(name + "_scale_inv", checkpoint.Names);
    }

    private static byte[] Read(ICheckpoint checkpoint, TensorEntry entry, long firstRow, int bytes)
    {
        var destination = new byte[bytes];
        checkpoint.ReadRows(entry, firstRow, destination);
        return destination;
    }
}
