using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;

namespace Gateway.Engine.Execution;

/// <summary>
/// Chooses the tokens of steps on the device, hands them to the step that follows there, and brings them to the host. Two steps may be
/// under way, so what the host writes and reads is there twice.
/// </summary>
internal sealed class CudaSampler : IDisposable
{
    private readonly IGpu _gpu;
    private readonly int _vocabulary;
    private readonly int _maxRows;
    private readonly SamplerKernels _kernels;
    private readonly SamplerScratch _scratch;
    private readonly CudaSamplerSlot[] _slots;
    private readonly List<LogitAdjustment> _adjustments = [];
    private int _started;
    private int _collected;

    /// <param name="gpu">The device.</param>
    /// <param name="vocabulary">Logits per row.</param>
    /// <param name="maxRows">Most rows of a step.</param>
    public CudaSampler(IGpu gpu, int vocabulary, int maxRows)
    {
        (_gpu, _vocabulary, _maxRows) = (gpu, vocabulary, maxRows);
        _kernels = new SamplerKernels(gpu);
        _scratch = new SamplerScratch(gpu, maxRows);
        _slots = [new CudaSamplerSlot(gpu, maxRows, vocabulary), new CudaSamplerSlot(gpu, maxRows, vocabulary)];
    }

    /// <summary>Enqueues filling in the tokens of a step that the step before it is choosing.</summary>
    /// <param name="batch">The step.</param>
    /// <param name="tokenIds">int32: its token ids on the device.</param>
    public void Feed(StepBatch batch, DevicePointer tokenIds)
    {
        if (batch.Pending.Count > 0)
        {
            var previous = _slots[(_started + 1) % 2];
            _slots[_started % 2].WritePending(batch.Pending);
            _kernels.Feed(_slots[_started % 2].Pending, batch.Pending.Count, previous.Tokens, tokenIds);
        }
    }

    /// <summary>Enqueues the choice of a token for each row, and the copy of what was chosen.</summary>
    public void Start(DevicePointer logits, ReadOnlySpan<Draw> draws)
    {
        var slot = _slots[_started++ % 2];
        if (draws.Length > 0)
        {
            var countsPrevious = WriteRows(slot, draws);
            var (wantsLogprobs, weighs) = (false, false);
            foreach (var draw in draws)
            {
                wantsLogprobs |= draw.TopLogprobs is not null;
                weighs |= SamplerRow.IsWeighed(draw.Parameters, _vocabulary);
            }

            _kernels.Sample(
                logits, draws.Length, _vocabulary, _vocabulary, slot.Rows, slot.Adjustments, _scratch, slot.Tokens, slot.Faults,
                slot.Masks, countsPrevious ? _slots[_started % 2].Tokens : default, weighs);
            if (wantsLogprobs)
            {
                _kernels.TokenLogprobs(
                    logits, draws.Length, _vocabulary, _vocabulary, slot.Tokens, TokenRequest.MaxTopLogprobs, slot.Chosen, slot.TopIds, slot.TopLogprobs);
            }

            slot.CopyResults(wantsLogprobs);
        }

        slot.MarkDone();
    }

    /// <summary>Waits for the oldest step that was started and not collected.</summary>
    public void Collect(ReadOnlySpan<Draw> draws, Span<Drawn> drawn)
    {
        var slot = _slots[_collected++ % 2];
        slot.WaitUntilDone();
        for (var row = 0; row < draws.Length; row++)
        {
            var isStuck = draws[row].Constraint is { } constraint && constraint.WaitForMask().IsEmpty;
            var id = isStuck ? Drawn.NothingAllowed : slot.IsFinite(row) ? slot.Token(row) : Drawn.NotFinite;
            drawn[row] = new Drawn(id, draws[row].TopLogprobs is { } top ? slot.Logprob(row, top) : null);
        }
    }

    public void Dispose()
    {
        foreach (var slot in _slots)
        {
            slot.Dispose();
        }

        _scratch.Dispose();
    }

    /// <summary>The model is at work on the device meanwhile, so that masks have time to be computed.</summary>
    private static void WriteMasks(CudaSamplerSlot slot, ReadOnlySpan<Draw> draws)
    {
        var rows = slot.HostRows;
        for (var row = 0; row < draws.Length; row++)
        {
            if (draws[row].Constraint is { } constraint && constraint.WaitForMask() is { IsEmpty: false } mask)
            {
                rows[row].FirstMaskWord = slot.WriteMask(row, mask);
            }
        }
    }

    /// <summary>Enqueues the copy of all rows; tells whether any counts a token of the step before.</summary>
    private bool WriteRows(CudaSamplerSlot slot, ReadOnlySpan<Draw> draws)
    {
        _adjustments.Clear();
        var rows = slot.HostRows;
        var countsPrevious = false;
        for (var row = 0; row < draws.Length; row++)
        {
            var (draw, first) = (draws[row], _adjustments.Count);
            LogitAdjustment.Add(draw.Parameters, draw.History, _adjustments);
            rows[row] = SamplerRow.Of(draw.Parameters, draw.Seed, draw.Position, first, _adjustments.Count - first);
            if (draw.PendingRow is { } previous && SamplerRow.DependsOnHistory(draw.Parameters))
            {
                (rows[row].PreviousRow, countsPrevious) = (previous, true);
                _adjustments.Add(default);
            }
        }

        WriteMasks(slot, draws);
        slot.CopyRows(draws.Length, CollectionsMarshal.AsSpan(_adjustments));
        return countsPrevious;
    }
}
