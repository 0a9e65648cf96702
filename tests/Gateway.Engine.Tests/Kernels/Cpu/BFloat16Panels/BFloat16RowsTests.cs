using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu.BFloat16Panels;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cpu.BFloat16Panels;

public sealed class BFloat16RowsTests
{
    [Theory]
    [InlineData(0x3F800000u, 0x3F80)]
    [InlineData(0x3F808000u, 0x3F80)] // a tie goes to even
    [InlineData(0x3F818000u, 0x3F82)]
    [InlineData(0x3F808001u, 0x3F81)]
    [InlineData(0xBF80FFFFu, 0xBF81)]
    [InlineData(0x7F7FFFFFu, 0x7F80)] // the largest number becomes infinity
    [InlineData(0x7F800000u, 0x7F80)]
    [InlineData(0xFF800000u, 0xFF80)]
    [InlineData(0x7F800001u, 0x7FC0)] // NaN stays one
    [InlineData(0xFFFFFFFFu, 0xFFFF)]
    [InlineData(0x23800000u, 0x2380)] // 2^-56
    [InlineData(0x237FFFFFu, 0x2380)] // is rounded to it
    [InlineData(0x237F0000u, 0)]
    [InlineData(0xA37F0000u, 0)]
    [InlineData(0x00000001u, 0)]
    [InlineData(0x80000000u, 0)]
    public void Set_AnyNumber_RoundsItToTheNearest(uint single, int expected)
    {
        var values = Enumerable.Repeat(BitConverter.UInt32BitsToSingle(single), 37).ToArray();
        Assert.All(Narrow(values), bits => Assert.Equal(expected, bits));
        Assert.All(Wide(values), bits => Assert.Equal((uint)expected << 16, bits));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(32)]
    [InlineData(48)]
    [InlineData(63)]
    public void Set_LengthThatFillsNoStep_PutsZerosBehind(int columns)
    {
        foreach (var widens in new[] { false, true })
        {
            var rows = Rows(widens, 2, columns);

            // What an earlier and longer vector left.
            rows.Begin(columns + 64);
            rows.Set(0, 0, [.. Enumerable.Repeat(7f, columns + 64)]);
            rows.Begin(columns);
            rows.Set(1, 0, [.. Enumerable.Repeat(1f, columns)]);
            rows.CopyTo(1, rows, 0);
            var count = BFloat16Layout.Steps(columns) * BFloat16Layout.StepColumns;
            for (var row = 0; row < 2; row++)
            {
                var ones = Bytes(rows, row, count * (widens ? sizeof(float) : sizeof(ushort)));
                Assert.Equal(columns, widens
                    ? MemoryMarshal.Cast<byte, float>(ones).ToArray().Count(value => value == 1)
                    : MemoryMarshal.Cast<byte, ushort>(ones).ToArray().Count(value => value == 0x3F80));
                Assert.Equal(count - columns, widens
                    ? MemoryMarshal.Cast<byte, float>(ones).ToArray().Count(value => value == 0)
                    : MemoryMarshal.Cast<byte, ushort>(ones).ToArray().Count(value => value == 0));
            }
        }
    }

    [Fact]
    public void Set_BeyondTheRoomReserved_IsRefused()
    {
        var rows = Rows(false, 1, 64);
        rows.Begin(64);
        Assert.Throws<ArgumentOutOfRangeException>(() => rows.Set(8, 0, new float[64]));
        Assert.Throws<ArgumentOutOfRangeException>(() => rows.Set(0, 32, new float[33]));
    }

    private static ushort[] Narrow(float[] values)
    {
        var rows = Rows(false, 1, values.Length);
        rows.Set(0, 0, values);
        return MemoryMarshal.Cast<byte, ushort>(Bytes(rows, 0, values.Length * sizeof(ushort))).ToArray();
    }

    private static uint[] Wide(float[] values)
    {
        var rows = Rows(true, 1, values.Length);
        rows.Set(0, 0, values);
        return MemoryMarshal.Cast<byte, uint>(Bytes(rows, 0, values.Length * sizeof(uint))).ToArray();
    }

    private static BFloat16Rows Rows(bool widens, int count, int columns)
    {
        var rows = new BFloat16Rows(widens);
        rows.Reserve(count, columns + 64);
        rows.Begin(columns);
        return rows;
    }

    private static unsafe ReadOnlySpan<byte> Bytes(BFloat16Rows rows, int row, int count) => new((void*)rows.Record(row, 0), count);
}
