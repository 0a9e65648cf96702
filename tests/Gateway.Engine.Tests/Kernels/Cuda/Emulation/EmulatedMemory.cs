using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Tests.Kernels.Cuda.Emulation;

/// <summary>
/// Device memory out of pages of the host. Each buffer lies between two megabytes that nobody may touch, as close to the upper one as its
/// alignment allows; the bytes between hold a pattern that is checked. Fresh buffers hold 0xFF (NaN in every float format), and the
/// pages of freed ones stay closed, so that a late access faults.
/// </summary>
internal sealed unsafe partial class EmulatedMemory : IDisposable
{
    private const int Alignment = 256;
    private const int PageBytes = 4096;
    private const int GuardBytes = 1 << 20;
    private const byte RedZone = 0xA5;
    private const byte Poison = 0xFF;
    private const int None = 0;
    private const int ReadWrite = 3;
    private const int PrivateAnonymousNoReserve = 0x4022;

    private readonly SortedList<ulong, Block> _live = [];
    private readonly List<(nint Start, long Bytes)> _closed = [];

    public int LiveCount => _live.Count;

    public long LiveBytes { get; private set; }

    public DevicePointer Allocate(long byteCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(byteCount);
        var rounded = (byteCount + Alignment - 1) / Alignment * Alignment;
        var open = (rounded + PageBytes - 1) / PageBytes * PageBytes;
        var mapped = open + (2 * GuardBytes);
        var start = Map(0, (nuint)mapped, ReadWrite, PrivateAnonymousNoReserve, -1, 0);
        if (start == -1)
        {
            throw new GpuException($"No memory for {byteCount} bytes.");
        }

        Protect(start, GuardBytes, None);
        Protect(start + GuardBytes + (nint)open, GuardBytes, None);
        var block = new Block(start, mapped, start + GuardBytes + (nint)(open - rounded), byteCount, (int)(rounded - byteCount));
        Fill(start + GuardBytes, block.Address - start - GuardBytes, RedZone);
        Fill(block.Address, byteCount, Poison);
        Fill(block.Address + (nint)byteCount, block.Slack, RedZone);
        _live.Add((ulong)block.Address, block);
        LiveBytes += byteCount;
        return new DevicePointer((ulong)block.Address);
    }

    public void Free(DevicePointer pointer)
    {
        if (!_live.Remove(pointer.Address, out var block))
        {
            throw new GpuException($"0x{pointer.Address:x} is no buffer, or was freed before.");
        }

        Check(block);
        LiveBytes -= block.ByteCount;

        // Gives the memory back and keeps the addresses.
        Advise(block.Start, (nuint)block.MappedBytes, 4);
        Protect(block.Start, (nuint)block.MappedBytes, None);
        _closed.Add((block.Start, block.MappedBytes));
    }

    /// <summary>Throws where somebody wrote beside a buffer.</summary>
    public void CheckRedZones()
    {
        foreach (var block in _live.Values)
        {
            Check(block);
        }
    }

    /// <summary>The memory behind a pointer into one buffer.</summary>
    /// <exception cref="GpuException">It does not lie in one live buffer.</exception>
    public Span<byte> Span(DevicePointer pointer, long byteCount)
    {
        if (!Contains(pointer, byteCount))
        {
            throw new GpuException($"{byteCount} bytes at 0x{pointer.Address:x} do not lie in one live buffer.");
        }

        return new Span<byte>((void*)pointer.Address, checked((int)byteCount));
    }

    public bool Contains(DevicePointer pointer, long byteCount)
    {
        var block = Find(pointer.Address);
        return block is not null && pointer.Address + (ulong)byteCount <= (ulong)block.Address + (ulong)block.ByteCount;
    }

    public void Dispose()
    {
        foreach (var block in _live.Values)
        {
            Unmap(block.Start, (nuint)block.MappedBytes);
        }

        foreach (var (start, bytes) in _closed)
        {
            Unmap(start, (nuint)bytes);
        }
    }

    private Block? Find(ulong address)
    {
        var (low, high) = (0, _live.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _live.Keys[middle] <= address ? (middle + 1, high) : (low, middle);
        }

        return low == 0 ? null : _live.Values[low - 1];
    }

    private static void Check(Block block)
    {
        var before = new Span<byte>((void*)(block.Start + GuardBytes), (int)(block.Address - block.Start - GuardBytes));
        var after = new Span<byte>((void*)(block.Address + (nint)block.ByteCount), block.Slack);
        if (before.ContainsAnyExcept(RedZone) || after.ContainsAnyExcept(RedZone))
        {
            throw new GpuException($"Bytes beside the buffer of {block.ByteCount} bytes at 0x{block.Address:x} were written.");
        }
    }

    private static void Fill(nint start, long byteCount, byte value) => NativeMemory.Fill((void*)start, (nuint)byteCount, value);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);

    private sealed record Block(nint Start, long MappedBytes, nint Address, long ByteCount, int Slack);
}
