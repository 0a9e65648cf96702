using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Execution;

/// <summary>Chooses the tokens of a step on the device, and brings them to the host.</summary>
internal sealed class CudaSampler : IDisposable
{
    private readonly IGpu _gpu;
    private readonly int _vocabulary;
    private readonly int _maxRows;
    private readonly SamplerKernels _kernels;
    private readonly DeviceBuffer _rows;
    private readonly DeviceBuffer _results;
    private readonly PinnedBuffer _hostRows;
    private readonly PinnedBuffer _hostResults;
    private readonly GpuEvent _done;
    private readonly List<LogitAdjustment> _adjustments = [];
    private DeviceBuffer _deviceAdjustments;
    private PinnedBuffer _hostAdjustments;

    /// <param name="gpu">The device.</param>
    /// <param name="vocabulary">Logits per row.</param>
    /// <param name="maxRows">Most rows of a step.</param>
    public CudaSampler(IGpu gpu, int vocabulary, int maxRows)
    {
        (_gpu, _vocabulary, _maxRows) = (gpu, vocabulary, maxRows);
        _kernels = new SamplerKernels(gpu);
        var rowBytes = (long)maxRows * Marshal.SizeOf<SamplerRow>();
        (_rows, _hostRows) = (gpu.Allocate(rowBytes), gpu.AllocatePinned(rowBytes));

        // Token, fault, its log-probability, and the likeliest ids with theirs; all of four bytes.
        var resultBytes = (long)maxRows * (3 + (2 * TokenRequest.MaxTopLogprobs)) * sizeof(int);
        (_results, _hostResults) = (gpu.Allocate(resultBytes), gpu.AllocatePinned(resultBytes));
        (_deviceAdjustments, _hostAdjustments) = AdjustmentBuffers(1024);
        _done = gpu.CreateEvent();
    }

    private DevicePointer Tokens => _results.Pointer;

    private DevicePointer Faults => Tokens + ((long)_maxRows * sizeof(int));

    private DevicePointer Chosen => Faults + ((long)_maxRows * sizeof(int));

    private DevicePointer TopIds => Chosen + ((long)_maxRows * sizeof(float));

    private DevicePointer TopLogprobs => TopIds + ((long)_maxRows * TokenRequest.MaxTopLogprobs * sizeof(int));

    /// <summary>Enqueues the choice of a token for each row, and the copy of what was chosen.</summary>
    public void Enqueue(DevicePointer logits, ReadOnlySpan<Draw> draws)
    {
        if (draws.IsEmpty)
        {
            _gpu.Record(_done);
            return;
        }

        WriteRows(draws);
        _gpu.CopyToDevice(_hostRows, 0, _rows.Pointer, (long)draws.Length * Marshal.SizeOf<SamplerRow>());
        if (_adjustments.Count > 0)
        {
            CollectionsMarshal.AsSpan(_adjustments).CopyTo(_hostAdjustments.AsSpan<LogitAdjustment>());
            _gpu.CopyToDevice(_hostAdjustments, 0, _deviceAdjustments.Pointer, (long)_adjustments.Count * Marshal.SizeOf<LogitAdjustment>());
        }

        _kernels.Sample(logits, draws.Length, _vocabulary, _vocabulary, _rows.Pointer, _deviceAdjustments.Pointer, Tokens, Faults);
        var bytes = 2L * _maxRows * sizeof(int);
        if (WantsLogprobs(draws))
        {
            _kernels.TokenLogprobs(logits, draws.Length, _vocabulary, _vocabulary, Tokens, TokenRequest.MaxTopLogprobs, Chosen, TopIds, TopLogprobs);
            bytes = _results.ByteCount;
        }

        _gpu.CopyToHost(_results.Pointer, _hostResults, 0, bytes);
        _gpu.Record(_done);
    }

    /// <summary>Waits for what was enqueued last.</summary>
    public void Collect(ReadOnlySpan<Draw> draws, Span<Drawn> drawn)
    {
        _done.Wait();
        var results = _hostResults.AsSpan<int>();
        for (var row = 0; row < draws.Length; row++)
        {
            var isFinite = results[_maxRows + row] == 0;
            drawn[row] = new Drawn(isFinite ? results[row] : Drawn.NotFinite, draws[row].TopLogprobs is { } top ? Logprob(row, top) : null);
        }
    }

    public void Dispose()
    {
        _done.Dispose();
        _hostRows.Dispose();
        _hostResults.Dispose();
        _hostAdjustments.Dispose();
        _rows.Dispose();
        _results.Dispose();
        _deviceAdjustments.Dispose();
    }

    private static bool WantsLogprobs(ReadOnlySpan<Draw> draws)
    {
        foreach (var draw in draws)
        {
            if (draw.TopLogprobs is not null)
            {
                return true;
            }
        }

        return false;
    }

    private void WriteRows(ReadOnlySpan<Draw> draws)
    {
        _adjustments.Clear();
        var rows = _hostRows.AsSpan<SamplerRow>();
        for (var row = 0; row < draws.Length; row++)
        {
            var (draw, first) = (draws[row], _adjustments.Count);
            if (draw.Parameters.LogitBias.Count > 0 || SamplerRow.DependsOnHistory(draw.Parameters))
            {
                _adjustments.AddRange(LogitAdjustment.Of(draw.Parameters, draw.History));
            }

            var count = _adjustments.Count - first;
            rows[row] = SamplerRow.Of(draw.Parameters, draw.Seed, draw.Position, first, count, count);
        }

        if (_adjustments.Count > _hostAdjustments.AsSpan<LogitAdjustment>().Length)
        {
            // The device may still read the old ones.
            _gpu.Synchronize();
            _deviceAdjustments.Dispose();
            _hostAdjustments.Dispose();
            (_deviceAdjustments, _hostAdjustments) = AdjustmentBuffers(2 * _adjustments.Count);
        }
    }

    private (DeviceBuffer Device, PinnedBuffer Host) AdjustmentBuffers(int count)
    {
        var bytes = (long)count * Marshal.SizeOf<LogitAdjustment>();
        return (_gpu.Allocate(bytes), _gpu.AllocatePinned(bytes));
    }

    private TokenLogprob Logprob(int row, int top)
    {
        var values = _hostResults.AsSpan<float>();
        var ids = _hostResults.AsSpan<int>().Slice((3 * _maxRows) + (row * TokenRequest.MaxTopLogprobs), top);
        var logprobs = values.Slice(((3 + TokenRequest.MaxTopLogprobs) * _maxRows) + (row * TokenRequest.MaxTopLogprobs), top);
        List<TopLogprob> likeliest = new(top);
        for (var i = 0; i < top && ids[i] >= 0; i++)
        {
            likeliest.Add(new TopLogprob(ids[i], logprobs[i]));
        }

        return new TokenLogprob(values[(2 * _maxRows) + row], likeliest);
    }
}
