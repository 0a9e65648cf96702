using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cuda;

/// <summary>
/// The input of a step in device memory: each token's id, place, sequence and cache row, the block tables, and the slabs that prompts
/// are attended in. All of it is laid out in one piece and travels in one copy.
/// </summary>
internal sealed class CudaStep : IDisposable
{
    /// <summary>Pieces of fewer tokens attend to the latents themselves, as decoding does; longer ones are worth expanding them.</summary>
    public const int MinPrefillTokens = 32;

    private readonly IGpu _gpu;
    private readonly bool _hasPrefill;
    private readonly bool _adaptsLatents;
    private readonly int _slabRows;
    private readonly PinnedBuffer _host;
    private readonly DeviceBuffer _device;
    private readonly GpuEvent _copied;
    private readonly List<(int First, int Count)> _pieces = [];
    private readonly List<ContextSlab> _slabs = [];
    private readonly List<SlabRound> _rounds = [];
    private int _positions;
    private int _sequences;
    private int _slots;
    private int _adapters;
    private int _logitTokens;
    private int _stateTokens;
    private int _tables;
    private int _slabsAt;

    /// <param name="gpu">The device.</param>
    /// <param name="maxTokens">Most tokens of a step.</param>
    /// <param name="maxTableEntries">Most cache blocks that the sequences of a step hold together, as rows of one length.</param>
    /// <param name="slabRows">Rows of context that are expanded at once, at least <paramref name="maxTokens"/>.</param>
    /// <param name="hasPrefill">Whether long pieces are attended to in slabs.</param>
    /// <param name="adaptsLatents">Whether adapters change how latents are expanded: then not in steps with one, for slabs are expanded without.</param>
    public CudaStep(IGpu gpu, int maxTokens, long maxTableEntries, int slabRows, bool hasPrefill, bool adaptsLatents = false)
    {
        (_gpu, _hasPrefill, _slabRows, _adaptsLatents) = (gpu, hasPrefill, slabRows, adaptsLatents);
        var slabInts = 2L * maxTokens * Marshal.SizeOf<ContextSlab>() / sizeof(int);
        var bytes = ((7L * maxTokens) + maxTableEntries + slabInts + 64) * sizeof(int);
        _host = gpu.AllocatePinned(bytes);
        _device = gpu.Allocate(bytes);
        _copied = gpu.CreateEvent();
    }

    /// <summary>Tokens of the step, padding included.</summary>
    public int Tokens { get; private set; }

    /// <summary>Leading tokens that attend in absorbed form, padding included.</summary>
    public int AttendTokens { get; private set; }

    /// <summary>Rows of logits, padding included.</summary>
    public int LogitRows { get; private set; }

    /// <summary>Rows of states that are wanted.</summary>
    public int StateRows { get; private set; }

    /// <summary>Whether each token wants logits, in order.</summary>
    public bool AllWantLogits { get; private set; }

    /// <summary>Upper bound of position + 1 of the tokens that attend.</summary>
    public int MaxContext { get; private set; }

    /// <summary>Entries per row of the block tables.</summary>
    public int MaxBlocks { get; private set; }

    public IReadOnlyList<SlabRound> Rounds => _rounds;

    /// <summary>Per long piece one slab over its whole context, for attention that reads the cache itself.</summary>
    public SlabRound WholeSlabs { get; private set; }

    public bool NeedsState { get; private set; }

    /// <summary>Whether any token is under an adapter.</summary>
    public bool HasAdapters { get; private set; }

    public DevicePointer TokenIds => At(0);

    public DevicePointer Positions => At(_positions);

    public DevicePointer Sequences => At(_sequences);

    public DevicePointer Slots => At(_slots);

    /// <summary>The number of each token's adapter; 0 for the bare model.</summary>
    public DevicePointer Adapters => At(_adapters);

    public DevicePointer LogitTokens => At(_logitTokens);

    public DevicePointer StateTokens => At(_stateTokens);

    public DevicePointer BlockTables => At(_tables);

    public DevicePointer Slabs(SlabRound round) => At(_slabsAt) + ((long)round.First * Marshal.SizeOf<ContextSlab>());

    /// <summary>Lays a batch out and enqueues its copy.</summary>
    /// <param name="batch">Single tokens first, then longer pieces.</param>
    /// <param name="blockSize">Tokens per cache block.</param>
    /// <param name="padTokens">Fill up with padding to so many tokens; all of them want logits then. 0: no padding.</param>
    /// <param name="maxContext">Upper bound to lay out for; 0: that of the batch.</param>
    public void Load(StepBatch batch, int blockSize, int padTokens, int maxContext)
    {
        // The last copy out of the buffer must have been made before it is written again.
        _copied.Synchronize();
        FindPieces(batch);
        Tokens = Math.Max(batch.TokenCount, padTokens);
        LogitRows = Math.Max(batch.LogitTokens.Count, padTokens);
        AllWantLogits = batch.LogitTokens.Count == batch.TokenCount || padTokens > 0;
        MaxContext = Math.Max(maxContext, Longest(batch));
        MaxBlocks = (MaxContext + blockSize - 1) / blockSize;
        HasAdapters = batch.HasAdapters;
        (_positions, _sequences, _slots, _adapters, _logitTokens) = (Tokens, 2 * Tokens, 3 * Tokens, 4 * Tokens, 5 * Tokens);
        StateRows = batch.StateTokens.Count;
        _stateTokens = _logitTokens + LogitRows;
        _tables = (_stateTokens + StateRows + 3) / 4 * 4;

        // Padding belongs to a sequence of its own, without blocks.
        var rows = _pieces.Count + (Tokens > batch.TokenCount ? 1 : 0);
        _slabsAt = (_tables + (rows * MaxBlocks) + 3) / 4 * 4;
        Write(batch, blockSize);
        PlanSlabs(batch);
        var slabs = CollectionsMarshal.AsSpan(_slabs);
        MemoryMarshal.Cast<ContextSlab, int>(slabs).CopyTo(_host.AsSpan<int>()[_slabsAt..]);
        _gpu.CopyToDevice(_host, 0, _device.Pointer, ((long)_slabsAt * sizeof(int)) + (slabs.Length * Marshal.SizeOf<ContextSlab>()));
        _gpu.Record(_copied);
    }

    public void Dispose()
    {
        _copied.Dispose();
        _host.Dispose();
        _device.Dispose();
    }

    private DevicePointer At(int place) => _device.Pointer + ((long)place * sizeof(int));

    /// <summary>Consecutive tokens with the same block table are one piece.</summary>
    private void FindPieces(StepBatch batch)
    {
        _pieces.Clear();
        for (var token = 0; token < batch.TokenCount; token++)
        {
            if (token > 0 && batch.Blocks[token] == batch.Blocks[token - 1] && batch.Positions[token] == batch.Positions[token - 1] + 1)
            {
                _pieces[^1] = (_pieces[^1].First, _pieces[^1].Count + 1);
            }
            else
            {
                _pieces.Add((token, 1));
            }
        }
    }

    private static int Longest(StepBatch batch)
    {
        var longest = 1;
        foreach (var position in batch.Positions)
        {
            longest = Math.Max(longest, position + 1);
        }

        return longest;
    }

    private void Write(StepBatch batch, int blockSize)
    {
        var ints = _host.AsSpan<int>();
        batch.TokenIds.CopyTo(ints);
        batch.Positions.CopyTo(ints[_positions..]);
        batch.Adapters.Span.CopyTo(ints[_adapters..]);
        for (var piece = 0; piece < _pieces.Count; piece++)
        {
            var (first, count) = _pieces[piece];
            var blocks = batch.Blocks[first];
            ints.Slice(_sequences + first, count).Fill(piece);
            for (var token = first; token < first + count; token++)
            {
                var position = batch.Positions[token];
                ints[_slots + token] = (blocks[position / blockSize] * blockSize) + (position % blockSize);
            }

            blocks.AsSpan(0, Math.Min(blocks.Length, MaxBlocks)).CopyTo(ints[(_tables + (piece * MaxBlocks))..]);
        }

        for (var row = 0; row < batch.LogitTokens.Count; row++)
        {
            ints[_logitTokens + row] = batch.LogitTokens[row];
        }

        for (var row = 0; row < batch.StateTokens.Count; row++)
        {
            ints[_stateTokens + row] = batch.StateTokens[row];
        }

        for (var token = batch.TokenCount; token < Tokens; token++)
        {
            (ints[token], ints[_positions + token], ints[_sequences + token], ints[_slots + token]) = (0, 0, _pieces.Count, -1);
            ints[_adapters + token] = 0;
        }

        for (var row = batch.LogitTokens.Count; row < LogitRows; row++)
        {
            ints[_logitTokens + row] = Tokens - 1;
        }
    }

    /// <summary>
    /// Cuts the contexts of long pieces into slabs, and the slabs into rounds that fit the buffer of expanded rows: no piece is twice
    /// in a round.
    /// </summary>
    private void PlanSlabs(StepBatch batch)
    {
        _slabs.Clear();
        _rounds.Clear();
        (NeedsState, WholeSlabs) = (false, default);
        var firstLong = _hasPrefill && !(_adaptsLatents && HasAdapters) ? _pieces.FindIndex(piece => piece.Count >= MinPrefillTokens) : -1;
        AttendTokens = firstLong < 0 ? Tokens : _pieces[firstLong].First;
        if (firstLong < 0)
        {
            return;
        }

        var (roundStart, rows) = (0, 0);
        for (var piece = firstLong; piece < _pieces.Count; piece++)
        {
            var (first, count) = _pieces[piece];
            var (position, context) = (batch.Positions[first], batch.Positions[first] + count);
            for (var from = 0; from < context;)
            {
                if (rows == _slabRows || (from > 0 && _slabs.Count > roundStart))
                {
                    Close(ref roundStart, ref rows);
                }

                var length = Math.Min(context - from, _slabRows - rows);
                var part = (from == 0 ? ContextPart.First : ContextPart.Middle) | (from + length == context ? ContextPart.Last : ContextPart.Middle);
                NeedsState |= part != ContextPart.Whole;
                _slabs.Add(new ContextSlab(piece, first, count, position, from, length, rows, part));
                rows += length;
                from += length;
            }
        }

        Close(ref roundStart, ref rows);
        AddWholeSlabs(batch, firstLong);
    }

    private void AddWholeSlabs(StepBatch batch, int firstPiece)
    {
        var (start, mostTokens, longest) = (_slabs.Count, 0, 0);
        for (var piece = firstPiece; piece < _pieces.Count; piece++)
        {
            var (first, count) = _pieces[piece];
            var position = batch.Positions[first];
            _slabs.Add(new ContextSlab(piece, first, count, position, 0, position + count, 0, ContextPart.Whole));
            (mostTokens, longest) = (Math.Max(mostTokens, count), Math.Max(longest, position + count));
        }

        WholeSlabs = new SlabRound(start, _slabs.Count - start, 0, longest, mostTokens);
    }

    private void Close(ref int roundStart, ref int rows)
    {
        var slabs = CollectionsMarshal.AsSpan(_slabs)[roundStart..];
        var (longest, mostTokens) = (0, 0);
        foreach (var slab in slabs)
        {
            (longest, mostTokens) = (Math.Max(longest, slab.Length), Math.Max(mostTokens, slab.TokenCount));
        }

        _rounds.Add(new SlabRound(roundStart, slabs.Length, rows, longest, mostTokens));
        (roundStart, rows) = (_slabs.Count, 0);
    }
}
