using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cuda;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cuda.Emulation;

public sealed class EmulatedGpuTests
{
    private const string Source = "test_kernels.cu";

    [Fact]
    public void Launch_RowSums_AreTheSums()
    {
        const int Rows = 64;
        const int Columns = 1000;
        using var gpu = new EmulatedGpu();
        var x = Numbers(Rows * Columns);
        using var input = gpu.ToDevice<float>(x);
        using var output = gpu.Allocate(ElementType.Float32, Rows);
        gpu.Launch(gpu.Kernel(Source, "row_sum"), new Dim3(Rows), new Dim3(256), 0, input, output, Columns);
        var sums = gpu.ToHost<float>(output, Rows);
        for (var row = 0; row < Rows; row++)
        {
            Assert.Equal(x.Skip(row * Columns).Take(Columns).Sum(value => (double)value), sums[row], 1e-3);
        }
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    public void Launch_MatrixProduct_IsRightOnlyWithTheWait(int doWait, bool isRight)
    {
        const int K = 64;
        using var gpu = new EmulatedGpu();
        var (a, b) = (Numbers(16 * K), Numbers(8 * K));
        using var left = gpu.ToDevice(ElementType.BFloat16, a);
        using var right = gpu.ToDevice(ElementType.BFloat16, b);
        using var output = gpu.Allocate(ElementType.Float32, 128);
        gpu.Launch(gpu.Kernel(Source, "product_16x8"), new Dim3(1), new Dim3(32), 0, left, right, output, K, doWait);
        var c = gpu.ToHost<float>(output, 128);
        for (var i = 0; i < 128; i++)
        {
            var sum = Enumerable.Range(0, K).Sum(k => (double)BFloat16Bits.Round(a[(i / 8 * K) + k]) * BFloat16Bits.Round(b[(i % 8 * K) + k]));
            Assert.Equal(isRight, Math.Abs(sum - c[i]) < 1e-5);
        }
    }

    [Fact]
    public void Launch_WarpPrimitives_AreAsInCuda()
    {
        using var gpu = new EmulatedGpu();
        using var output = gpu.Allocate(32 * 8 * sizeof(int));
        using var counter = gpu.ToDevice(0);
        gpu.Launch(gpu.Kernel(Source, "warp_primitives"), new Dim3(1), new Dim3(32), 0, output, counter);
        var rows = gpu.ToHost<int>(output, 32 * 8).Chunk(8).ToArray();
        Assert.Equal(Enumerable.Range(0, 32), rows.Select(row => row[7]).Order());
        for (var lane = 0; lane < 32; lane++)
        {
            Assert.Equal(
                [unchecked((int)0xAAAAAAAA), 0xF << (lane / 4 * 4), Math.Min(lane + 1, 31), lane % 8 == 0 ? lane : lane - 1, (lane / 8 * 8) + 3, -1, 21],
                rows[lane][..7]);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Launch_MatrixLoads_GiveFragmentsOfThePtxManual(int doTranspose)
    {
        using var gpu = new EmulatedGpu();
        using var input = gpu.ToDevice<ushort>([.. Enumerable.Range(0, 256).Select(i => (ushort)i)]);
        using var output = gpu.Allocate(32 * 4 * sizeof(uint));
        gpu.Launch(gpu.Kernel(Source, "load_matrices"), new Dim3(1), new Dim3(32), 0, input, output, doTranspose);
        var loaded = gpu.ToHost<uint>(output, 128);
        for (var i = 0; i < 128; i++)
        {
            var (lane, matrix) = (i / 4, i % 4);
            var (across, along) = (lane / 4, 2 * (lane % 4));
            uint Element(int row, int column) => (uint)((matrix * 64) + (row * 8) + column);
            Assert.Equal(
                doTranspose == 1
                    ? Element(along, across) | (Element(along + 1, across) << 16)
                    : Element(across, along) | (Element(across, along + 1) << 16),
                loaded[i]);
        }
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(3UL)]
    public void Launch_LastBlockOfMany_SeesWhatAllWrote(ulong seed)
    {
        using var gpu = new EmulatedGpu(seed);
        using var partial = gpu.Allocate(ElementType.Float32, 1000);
        using var arrived = gpu.ToDevice(0);
        using var output = gpu.Allocate(ElementType.Float32, 1);
        gpu.Launch(gpu.Kernel(Source, "last_block_sum"), new Dim3(1000), new Dim3(32), 0, partial, arrived, output);
        Assert.Equal([499_500f], gpu.ToHost<float>(output, 1));
    }

    [Fact]
    public void Launch_UnwrittenSharedMemory_IsNaN()
    {
        using var gpu = new EmulatedGpu();
        using var output = gpu.Allocate(ElementType.Float32, 33);
        gpu.Launch(gpu.Kernel(Source, "fill_dynamic"), new Dim3(2), new Dim3(32), 33 * sizeof(float), output, 33);
        var values = gpu.ToHost<float>(output, 33);
        Assert.Equal([float.NaN, .. Enumerable.Repeat(2f, 31), float.NaN], values);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    public void Launch_ExchangeOverSharedMemory_IsRightOnlyWithTheBarrier(int doWait, bool isRight)
    {
        using var gpu = new EmulatedGpu();
        float[] values = [.. Enumerable.Range(0, 256)];
        using var buffer = gpu.ToDevice<float>(values);
        gpu.Launch(gpu.Kernel(Source, "reverse"), new Dim3(1), new Dim3(256), 0, buffer, doWait);
        Assert.Equal(isRight, gpu.ToHost<float>(buffer, 256).SequenceEqual(values.Reverse()));
    }

    [Fact]
    public void Launch_BarriersAtTwoPlaces_NamesThreadsAndPlaces()
    {
        using var gpu = new EmulatedGpu();
        using var buffer = gpu.Allocate(64 * sizeof(int));
        gpu.Launch(gpu.Kernel(Source, "two_barriers"), new Dim3(1), new Dim3(64), 0, buffer);
        var exception = Assert.Throws<GpuException>(gpu.Synchronize);
        Assert.Matches(@"thread 0 waits for the block at test_kernels\.cu:\d+, thread 40 at .*kernel two_barriers, block \(0, 0, 0\)", exception.Message);
    }

    [Fact]
    public void Launch_WarpAgainstBlockBarrier_NamesThreadsAndPlaces()
    {
        using var gpu = new EmulatedGpu();
        using var buffer = gpu.Allocate(64 * sizeof(int));
        gpu.Launch(gpu.Kernel(Source, "warp_against_block"), new Dim3(1), new Dim3(64), 0, buffer);
        var exception = Assert.Throws<GpuException>(gpu.Synchronize);
        Assert.Matches(
            @"Threads 0 to 4 wait for the block at .* Threads 5 to 5 wait for their warp at test_kernels\.cu:\d+ under the mask ffffffff",
            exception.Message);
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(-8192)]
    public void Launch_AccessOutsideOfBuffers_Fails(long offset)
    {
        using var gpu = new EmulatedGpu();
        using var buffer = gpu.ToDevice<byte>(new byte[4096]);
        gpu.Launch(gpu.Kernel(Source, "increment"), new Dim3(1), new Dim3(1), 0, buffer, offset);
        var exception = Assert.Throws<GpuException>(gpu.Synchronize);
        Assert.Matches(
            @"Access outside of live device or shared memory: 0x[0-9a-f]+, by the code at test_kernels\.cu:\d+.*kernel increment",
            exception.Message);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(-4)]
    public void Synchronize_WritesBesideABuffer_Fails(long offset)
    {
        using var gpu = new EmulatedGpu();
        var buffer = gpu.ToDevice(0);
        gpu.Launch(gpu.Kernel(Source, "increment"), new Dim3(1), new Dim3(1), 0, buffer, offset);
        Assert.Contains("beside the buffer of 4 bytes", Assert.Throws<GpuException>(gpu.Synchronize).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Launch_MisalignedAccess_NamesThePlace()
    {
        using var gpu = new EmulatedGpu();
        using var input = gpu.ToDevice<byte>(new byte[64]);
        using var output = gpu.Allocate(16);
        gpu.Launch(gpu.Kernel(Source, "copy_16"), new Dim3(1), new Dim3(1), 0, input, output, 8L);
        Assert.Matches(@"test_kernels\.cu:\d+:\d+: misaligned access.*kernel copy_16", Assert.Throws<GpuException>(gpu.Synchronize).Message);
    }

    [Fact]
    public void Launch_IndexOutOfSharedArray_NamesThePlace()
    {
        using var gpu = new EmulatedGpu();
        using var output = gpu.ToDevice(0f);
        gpu.Launch(gpu.Kernel(Source, "index_shared"), new Dim3(1), new Dim3(1), 0, output, 32);
        Assert.Matches(@"test_kernels\.cu:\d+:\d+: index out of the array's bounds", Assert.Throws<GpuException>(gpu.Synchronize).Message);
    }

    [Fact]
    public void Launch_FreedBuffer_Fails()
    {
        using var gpu = new EmulatedGpu();
        var buffer = gpu.ToDevice(0);
        var pointer = buffer.Pointer;
        var kernel = gpu.Kernel(Source, "increment");
        var graph = gpu.Capture(() => gpu.Launch(kernel, new Dim3(1), new Dim3(1), 0, pointer, 0L));
        buffer.Dispose();
        var exception = Assert.Throws<GpuException>(() => gpu.Launch(kernel, new Dim3(1), new Dim3(1), 0, pointer, 0L));
        Assert.Contains("argument 0", exception.Message, StringComparison.Ordinal);
        gpu.Replay(graph);
        Assert.Contains("Access outside of live", Assert.Throws<GpuException>(gpu.Synchronize).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Launch_WrongArguments_AreRefused()
    {
        using var gpu = new EmulatedGpu();
        using var buffer = gpu.ToDevice(0);
        var kernel = gpu.Kernel(Source, "increment");
        var one = new Dim3(1);
        Assert.Throws<GpuException>(() => gpu.Launch(kernel, one, one, 0, buffer));
        Assert.Throws<GpuException>(() => gpu.Launch(kernel, one, one, 0, buffer, -4));
        Assert.Throws<GpuException>(() => gpu.Launch(kernel, one, one, 0, 12345L, 0L));
        Assert.Throws<GpuException>(() => gpu.Launch(kernel, new Dim3(0), one, 0, buffer, 0L));
        Assert.Throws<GpuException>(() => gpu.Launch(kernel, new Dim3(1, 70_000), one, 0, buffer, 0L));
        Assert.Throws<GpuException>(() => gpu.Launch(kernel, one, new Dim3(1025), 0, buffer, 0L));
        Assert.Throws<GpuException>(() => gpu.Launch(kernel, one, one, 64 * 1024, buffer, 0L));
        Assert.Throws<GpuException>(() => gpu.Kernel(Source, "increment", 228 * 1024));
        Assert.Throws<GpuException>(() => gpu.Kernel(Source, "no_such_kernel"));
    }

    [Theory]
    [InlineData(1, 3, 0x80000000)]
    [InlineData(2, 3, 0x80000000)]
    [InlineData(2, 1000, 0)]
    [InlineData(48, 25, 0x80000000)]
    public void LaunchTogether_BarriersOfAllBlocks_OpenAndTurnTheWord(int blocks, int count, uint expected)
    {
        using var gpu = new EmulatedGpu(residentBlocks: blocks);
        using var word = gpu.ToDevice(0u);
        var kernel = gpu.Kernel("launches.cu", "grid_barriers");
        Assert.Equal(blocks, gpu.ResidentBlocks(kernel, new Dim3(64), 0));
        gpu.LaunchTogether(kernel, blocks, new Dim3(64), 0, Bytes(word.Pointer.Address, (ulong)count));
        Assert.Equal([expected], gpu.ToHost<uint>(word, 1));
        Assert.Throws<GpuException>(() => gpu.LaunchTogether(kernel, blocks + 1, new Dim3(64), 0, Bytes(word.Pointer.Address, 1)));
        Assert.Throws<GpuException>(() => gpu.LaunchTogether(kernel, 1, new Dim3(64), 0, Bytes(word.Pointer.Address)));
        Assert.Throws<GpuException>(() => gpu.Launch(kernel, new Dim3(1), new Dim3(64), 0, word));
    }

    [Fact]
    public void LaunchTogether_EachBlockReadsWhatTheOtherWrote_SeesItAfterTheBarrier()
    {
        const int Rounds = 500;
        using var gpu = new EmulatedGpu();
        using var word = gpu.ToDevice(0u);
        using var values = gpu.Allocate(2 * sizeof(int));
        using var seen = gpu.Allocate(2 * Rounds * sizeof(int));
        gpu.LaunchTogether(
            gpu.Kernel(Source, "exchange"), 2, new Dim3(64), 0, Bytes(word.Pointer.Address, values.Pointer.Address, seen.Pointer.Address, Rounds));
        Assert.Equal(Enumerable.Range(0, Rounds).SelectMany(round => new[] { round, round }), gpu.ToHost<int>(seen, 2 * Rounds));
    }

    [Fact]
    public void LaunchTogether_OneBlockThatFails_EndsTheOther()
    {
        using var gpu = new EmulatedGpu();
        using var word = gpu.ToDevice(0u);
        using var seen = gpu.Allocate(2 * sizeof(int));
        gpu.LaunchTogether(gpu.Kernel(Source, "exchange"), 2, new Dim3(64), 0, Bytes(word.Pointer.Address, 16, seen.Pointer.Address, 1));
        Assert.Contains("Access outside of live", Assert.Throws<GpuException>(gpu.Synchronize).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(20_001 * 16, false)]
    public void Launch_Prefetch_ChecksWhereItReaches(int pieces, bool isRight)
    {
        using var gpu = new EmulatedGpu();
        using var buffer = gpu.ToDevice<byte>(new byte[20_000 * 16]);
        gpu.Launch(gpu.Kernel("launches.cu", "prefetch_all"), new Dim3(2), new Dim3(128), 0, buffer, pieces * 16L);
        if (isRight)
        {
            gpu.Synchronize();
        }
        else
        {
            Assert.Contains("Access outside of live", Assert.Throws<GpuException>(gpu.Synchronize).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void CopyToHost_BeforeTheWait_ShowsNothing()
    {
        using var gpu = new EmulatedGpu();
        using var buffer = gpu.ToDevice(7);
        using var pinned = gpu.AllocatePinned(sizeof(int));
        using var done = gpu.CreateEvent();
        pinned.AsSpan<int>()[0] = 5;
        gpu.CopyToHost(buffer.Pointer, pinned, 0, sizeof(int));
        gpu.Record(done);
        Assert.Equal(-1, pinned.AsSpan<int>()[0]);
        done.Synchronize();
        Assert.Equal(7, pinned.AsSpan<int>()[0]);
    }

    [Fact]
    public void Replay_CapturedWork_RunsEachTimeAndNotAtCapture()
    {
        using var gpu = new EmulatedGpu();
        using var buffer = gpu.ToDevice(0);
        var kernel = gpu.Kernel(Source, "increment");
        using var graph = gpu.Capture(() =>
        {
            gpu.Launch(kernel, new Dim3(1), new Dim3(1), 0, buffer, 0L);
            Assert.Throws<GpuException>(() => gpu.Allocate(4));
            Assert.Throws<GpuException>(gpu.Synchronize);
            Assert.Throws<GpuException>(() => gpu.ToDevice(1));
        });
        Assert.Equal([0], gpu.ToHost<int>(buffer, 1));
        gpu.Replay(graph);
        gpu.Replay(graph);
        Assert.Equal([2], gpu.ToHost<int>(buffer, 1));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Multiply_StridedBatchWithBiasAndSum_IsTheDefinition(bool isTransposed, bool isRounded)
    {
        var output = isRounded ? ElementType.BFloat16 : ElementType.Float32;
        const int M = 3;
        const int N = 5;
        const int K = 7;
        const int Batch = 2;
        using var gpu = new EmulatedGpu();
        var (x, w, bias, old) = (Numbers(Batch * M * 8), Numbers(Batch * N * 8 * 2), Numbers(N), Numbers(Batch * M * 6));
        using var xBuffer = gpu.ToDevice(ElementType.BFloat16, x);
        using var wBuffer = gpu.ToDevice(ElementType.BFloat16, w);
        using var biasBuffer = gpu.ToDevice(output, bias);
        using var y = gpu.ToDevice(output, old);
        gpu.Multiply(new DeviceProduct
        {
            X = xBuffer.Pointer,
            W = wBuffer.Pointer,
            Y = y.Pointer,
            Bias = biasBuffer.Pointer,
            Input = ElementType.BFloat16,
            Output = output,
            M = M,
            N = N,
            K = K,
            XStride = 8,
            WStride = 9,
            YStride = 6,
            WIsTransposed = isTransposed,
            Accumulate = true,
            Batch = Batch,
            XBatchStride = M * 8,
            WBatchStride = N * 8,
            YBatchStride = M * 6,
        });
        var result = gpu.ToHost(output, y, old.Length);
        float Stored(float value) => output == ElementType.Float32 ? value : BFloat16Bits.Round(value);
        for (var i = 0; i < result.Length; i++)
        {
            var (b, m, n) = (i / 18, i / 6 % M, i % 6);
            var expected = (double)Stored(old[i]);
            for (var k = 0; k < K && n < N; k++)
            {
                expected += (double)BFloat16Bits.Round(x[(((b * M) + m) * 8) + k])
                    * BFloat16Bits.Round(w[(b * N * 8) + (isTransposed ? (k * 9) + n : (n * 9) + k)]);
            }

            Assert.Equal(Stored((float)(expected + (n < N ? Stored(bias[n]) : 0))), result[i]);
        }
    }

    [Fact]
    public void Dispose_AfterAFault_TellsItNoSecondTime()
    {
        using var gpu = new EmulatedGpu();
        var buffer = gpu.ToDevice<byte>(new byte[4096]);
        for (var i = 0; i < 3; i++)
        {
            gpu.Launch(gpu.Kernel(Source, "increment"), new Dim3(1), new Dim3(1), 0, buffer, 4096L);
        }

        Assert.Throws<GpuException>(gpu.Synchronize);
        buffer.Dispose();
        Assert.Equal(0, gpu.LiveBuffers);
    }

    [Fact]
    public void RunTool_Missing_NamesThePackage()
    {
        var exception = Assert.Throws<GpuException>(() => EmulatedLibrary.RunTool("no-such-compiler", "g++", [], "/"));
        Assert.Contains("Debian package g++", exception.Message, StringComparison.Ordinal);
    }

    private static byte[] Bytes(params ReadOnlySpan<ulong> words) => MemoryMarshal.AsBytes(words).ToArray();

    private static float[] Numbers(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }
}
