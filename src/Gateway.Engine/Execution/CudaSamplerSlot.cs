using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Execution;

/// <summary>What one step's choice of tokens reads and writes, on the host and on the device.</summary>
internal sealed class CudaSamplerSlot : IDisposable
{
    private const int FirstAdjustments = 1024;

    private readonly IGpu _gpu;
    private readonly int _maxRows;
    private readonly DeviceBuffer _rows;
    private readonly DeviceBuffer _pending;
    private readonly DeviceBuffer _results;
    private readonly PinnedBuffer _hostRows;
    private readonly PinnedBuffer _hostPending;
    private readonly PinnedBuffer _hostResults;
    private readonly GpuEvent _done;
    private readonly int _maskWords;
    private DeviceBuffer _adjustments;
    private PinnedBuffer _hostAdjustments;
    private DeviceBuffer? _masks;
    private PinnedBuffer? _hostMasks;

    /// <param name="gpu">The device.</param>
    /// <param name="maxRows">Most rows of a step.</param>
    /// <param name="vocabulary">Ids that a mask is about.</param>
    public CudaSamplerSlot(IGpu gpu, int maxRows, int vocabulary)
    {
        (_gpu, _maxRows, _maskWords) = (gpu, maxRows, (vocabulary + 31) / 32);
        var rowBytes = (long)maxRows * Marshal.SizeOf<SamplerRow>();
        (_rows, _hostRows) = (gpu.Allocate(rowBytes), gpu.AllocatePinned(rowBytes));
        var pendingBytes = 2L * maxRows * sizeof(int);
        (_pending, _hostPending) = (gpu.Allocate(pendingBytes), gpu.AllocatePinned(pendingBytes));

        // Token, fault, its log-probability, and the likeliest ids with theirs; all of four bytes.
        var resultBytes = (long)maxRows * (3 + (2 * TokenRequest.MaxTopLogprobs)) * sizeof(int);
        (_results, _hostResults) = (gpu.Allocate(resultBytes), gpu.AllocatePinned(resultBytes));
        (_adjustments, _hostAdjustments) = AdjustmentBuffers(FirstAdjustments);
        _done = gpu.CreateEvent();
    }

    public Span<SamplerRow> HostRows => _hostRows.AsSpan<SamplerRow>();

    /// <summary><see cref="SamplerRow"/> [rows].</summary>
    public DevicePointer Rows => _rows.Pointer;

    /// <summary>int32 [count, 2]: a token's place in the step, and the row of the step before that chooses it.</summary>
    public DevicePointer Pending => _pending.Pointer;

    public DevicePointer Adjustments => _adjustments.Pointer;

    /// <summary>uint32 [rows, words]; null while no row had one.</summary>
    public DevicePointer Masks => _masks?.Pointer ?? default;

    /// <summary>int32 [rows].</summary>
    public DevicePointer Tokens => _results.Pointer;

    public DevicePointer Faults => Tokens + ((long)_maxRows * sizeof(int));

    public DevicePointer Chosen => Faults + ((long)_maxRows * sizeof(int));

    public DevicePointer TopIds => Chosen + ((long)_maxRows * sizeof(float));

    public DevicePointer TopLogprobs => TopIds + ((long)_maxRows * TokenRequest.MaxTopLogprobs * sizeof(int));

    public void WritePending(IReadOnlyList<(int Token, int Row)> pending)
    {
        var pairs = _hostPending.AsSpan<int>();
        for (var i = 0; i < pending.Count; i++)
        {
            (pairs[2 * i], pairs[(2 * i) + 1]) = pending[i];
        }

        _gpu.CopyToDevice(_hostPending, 0, _pending.Pointer, 2L * pending.Count * sizeof(int));
    }

    public void CopyRows(int rows, ReadOnlySpan<LogitAdjustment> adjustments)
    {
        _gpu.CopyToDevice(_hostRows, 0, _rows.Pointer, (long)rows * Marshal.SizeOf<SamplerRow>());
        if (adjustments.IsEmpty)
        {
            return;
        }

        if (adjustments.Length > _hostAdjustments.AsSpan<LogitAdjustment>().Length)
        {
            // Nothing reads them: the last step that used this slot was collected.
            _adjustments.Dispose();
            _hostAdjustments.Dispose();
            (_adjustments, _hostAdjustments) = AdjustmentBuffers(2 * adjustments.Length);
        }

        adjustments.CopyTo(_hostAdjustments.AsSpan<LogitAdjustment>());
        _gpu.CopyToDevice(_hostAdjustments, 0, _adjustments.Pointer, (long)adjustments.Length * Marshal.SizeOf<LogitAdjustment>());
    }

    /// <summary>Enqueues the copy of a row's mask; gives its first word's place in <see cref="Masks"/>.</summary>
    public long WriteMask(int row, ReadOnlySpan<uint> mask)
    {
        var bytes = (long)_maxRows * _maskWords * sizeof(uint);
        _masks ??= _gpu.Allocate(bytes);
        _hostMasks ??= _gpu.AllocatePinned(bytes);
        var first = (long)row * _maskWords;
        mask.CopyTo(_hostMasks.AsSpan<uint>()[(row * _maskWords)..]);
        _gpu.CopyToDevice(_hostMasks, first * sizeof(uint), _masks.Pointer + (first * sizeof(uint)), (long)mask.Length * sizeof(uint));
        return first;
    }

    public void CopyResults(bool withLogprobs) =>
        _gpu.CopyToHost(_results.Pointer, _hostResults, 0, withLogprobs ? _results.ByteCount : 2L * _maxRows * sizeof(int));

    public void MarkDone() => _gpu.Record(_done);

    public void WaitUntilDone() => _done.Synchronize();

    public int Token(int row) => _hostResults.AsSpan<int>()[row];

    public bool IsFinite(int row) => _hostResults.AsSpan<int>()[_maxRows + row] == 0;

    public TokenLogprob Logprob(int row, int top)
    {
        var values = _hostResults.AsSpan<float>();
        var first = row * TokenRequest.MaxTopLogprobs;
        var ids = _hostResults.AsSpan<int>().Slice((3 * _maxRows) + first, top);
        var logprobs = values.Slice(((3 + TokenRequest.MaxTopLogprobs) * _maxRows) + first, top);
        List<TopLogprob> likeliest = new(top);
        for (var i = 0; i < top && ids[i] >= 0; i++)
        {
            likeliest.Add(new TopLogprob(ids[i], logprobs[i]));
        }

        return new TokenLogprob(values[(2 * _maxRows) + row], likeliest);
    }

    public void Dispose()
    {
        _done.Dispose();
        _masks?.Dispose();
        _hostMasks?.Dispose();
        foreach (var buffer in (ReadOnlySpan<PinnedBuffer>)[_hostRows, _hostPending, _hostResults, _hostAdjustments])
        {
            buffer.Dispose();
        }

        foreach (var buffer in (ReadOnlySpan<DeviceBuffer>)[_rows, _pending, _results, _adjustments])
        {
            buffer.Dispose();
        }
    }

    private (DeviceBuffer Device, PinnedBuffer Host) AdjustmentBuffers(int count)
    {
        var bytes = (long)count * Marshal.SizeOf<LogitAdjustment>();
        return (_gpu.Allocate(bytes), _gpu.AllocatePinned(bytes));
    }
}
