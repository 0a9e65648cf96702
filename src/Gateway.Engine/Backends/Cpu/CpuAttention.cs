using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Attention;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>
/// Attention of a step's queries to all that their sequences have in the cache, spread over the team. Layers that attend alike share it:
/// a layer writes its queries, calls <see cref="Run"/> and reads the results.
/// </summary>
/// <remarks>
/// The unit of work is a block of queries that see the same keys. A block with a large part of the step's work is cut further, by spans
/// of its context: the spans' results go to slots and are merged in order, which gives the same bits as one after the other.
/// </remarks>
internal sealed class CpuAttention : IDisposable
{
    // A block of more than one part in this many of a thread's share is cut by spans.
    private const int PartsPerThread = 4;
    private const int SlotsPerThread = 8;

    // Heads of one token that look at the same keys; fewer where there would be too little to share out.
    private const int MostHeads = 16;
    private const int FewestHeads = 4;

    private readonly CpuTeam _team;
    private readonly AttentionShape _shape;
    private readonly AlignedBuffer _queries;
    private readonly AlignedBuffer _results;
    private readonly AlignedBuffer _slots;
    private readonly SpanAttention[] _attention;
    private readonly QueryBlock[] _groups;
    private readonly int[] _groupTokens;
    private readonly int[] _whole;
    private readonly int[] _split;
    private readonly int[] _firstSpans;
    private readonly WholeBlocks _wholeBlocks;
    private readonly Spans _spans;
    private readonly Merges _merges;
    private int _groupCount;
    private int _wholeCount;
    private int _splitCount;
    private int _heads;
    private int _partsPerKey;
    private long _multiplyAdds;
    private PagedCache? _cache;
    private int _layer;

    /// <param name="team">Who does the work.</param>
    /// <param name="maxTokens">Most tokens of a step.</param>
    /// <param name="shape">How the layers attend.</param>
    public CpuAttention(CpuTeam team, int maxTokens, AttentionShape shape)
    {
        (_team, _shape) = (team, shape);
        _queries = AlignedBuffer.OfFloats((long)maxTokens * shape.Heads * shape.QueryStride);
        _results = AlignedBuffer.OfFloats((long)maxTokens * shape.Heads * shape.ResultStride);
        _queries.Clear();
        _slots = AlignedBuffer.OfFloats((long)Slots * SlotFloats);
        _attention = [.. Enumerable.Range(0, team.Threads).Select(_ => new SpanAttention(shape))];
        (_groups, _groupTokens, _whole) = (new QueryBlock[maxTokens], new int[maxTokens], new int[maxTokens]);
        (_split, _firstSpans) = (new int[maxTokens], new int[(maxTokens * PartsOf(FewestHeads)) + 1]);
        (_wholeBlocks, _spans, _merges) = (new WholeBlocks(this), new Spans(this), new Merges(this));
    }

    public AttentionShape Shape => _shape;

    private int Slots => _team.Threads * SlotsPerThread;

    private int SlotFloats => SpanAttention.MaxQueries * _shape.ResultStride;

    /// <summary>A token's query of one head, <see cref="AttentionShape.KeyWidth"/> channels to be written by the layer.</summary>
    public Span<float> Query(int token, int head) => _queries.Floats(QueryIndex(token, head), _shape.KeyWidth);

    /// <summary>What a token's head attended to, <see cref="AttentionShape.ValueWidth"/> channels.</summary>
    public Span<float> Result(int token, int head) => _results.Floats(ResultIndex(token, head), _shape.ValueWidth);

    /// <summary>One head's queries of all tokens from <paramref name="token"/> on.</summary>
    public RowBlock Queries(int token, int head) =>
        new(_queries.Address + (nint)(QueryIndex(token, head) * sizeof(float)), _shape.Heads * _shape.QueryStride, _shape.QueryStride);

    /// <summary>One head's results of all tokens from <paramref name="token"/> on.</summary>
    public RowBlock Results(int token, int head) =>
        new(_results.Address + (nint)(ResultIndex(token, head) * sizeof(float)), _shape.Heads * _shape.ResultStride, _shape.ResultStride);

    /// <summary>Lays out a step's work; all layers share it.</summary>
    public void Begin(StepBatch batch)
    {
        Group(batch);
        ChooseHeads();
        var (parts, total) = (PartsOf(_heads), 0L);
        for (var group = 0; group < _groupCount; group++)
        {
            total += WorkOf(_groups[group]);
        }

        _multiplyAdds = total * _shape.Heads * (_shape.KeyWidth + _shape.ValueWidth);
        (_wholeCount, _splitCount, _firstSpans[0]) = (0, 0, 0);
        for (var group = 0; group < _groupCount; group++)
        {
            var spans = _groups[group].Spans;
            if (_team.Threads == 1 || spans == 1 || WorkOf(_groups[group]) * _team.Threads * PartsPerThread <= total * parts)
            {
                _whole[_wholeCount++] = group;
                continue;
            }

            for (var part = _splitCount * parts; part < (_splitCount + 1) * parts; part++)
            {
                _firstSpans[part + 1] = _firstSpans[part] + spans;
            }

            _split[_splitCount++] = group;
        }
    }

    /// <summary>Computes the results of one layer.</summary>
    public void Run(PagedCache cache, int layer)
    {
        (_cache, _layer) = (cache, layer);
        var parts = PartsOf(_heads);
        _team.For(_wholeCount * parts, _multiplyAdds, 1, _wholeBlocks);
        var all = _firstSpans[_splitCount * parts];
        for (var first = 0; first < all; first += Slots)
        {
            var count = Math.Min(Slots, all - first);
            _spans.First = first;
            _team.For(count, _multiplyAdds, 1, _spans);
            (_merges.First, _merges.End, _merges.FirstPart) = (first, first + count, PartOf(first));
            _team.For(PartOf(first + count - 1) - _merges.FirstPart + 1, (long)count * SlotFloats, 1, _merges);
        }
    }

    public void Dispose()
    {
        _queries.Dispose();
        _results.Dispose();
        _slots.Dispose();
        foreach (var attention in _attention)
        {
            attention.Dispose();
        }
    }

    /// <summary>Query-key pairs, as if all of its tokens saw as much as the last.</summary>
    private static long WorkOf(in QueryBlock group) => (long)group.Tokens * group.Context;

    private long QueryIndex(int token, int head) => (((long)token * _shape.Heads) + head) * _shape.QueryStride;

    private long ResultIndex(int token, int head) => (((long)token * _shape.Heads) + head) * _shape.ResultStride;

    /// <summary>Parts of all heads of a group when that many heads are computed together.</summary>
    private int PartsOf(int heads) => _shape.KeyHeads * ((_shape.HeadsPerKey + heads - 1) / heads);

    /// <summary>Consecutive tokens of a sequence see nearly the same keys.</summary>
    private void Group(StepBatch batch)
    {
        var most = SpanAttention.MaxQueries / Math.Min(MostHeads, _shape.HeadsPerKey);
        _groupCount = 0;
        for (var token = 0; token < batch.TokenCount; token++)
        {
            var (blocks, position) = (batch.Blocks[token], batch.Positions[token]);
            ref var last = ref _groups[Math.Max(0, _groupCount - 1)];
            if (_groupCount > 0 && last.Tokens < most && ReferenceEquals(last.Blocks, blocks) && last.Context == position)
            {
                last = last with { Tokens = last.Tokens + 1 };
            }
            else
            {
                _groupTokens[_groupCount] = token;
                _groups[_groupCount++] = new QueryBlock(blocks, position, 1, 0, 0);
            }
        }
    }

    private void ChooseHeads()
    {
        var spans = 0L;
        for (var group = 0; group < _groupCount; group++)
        {
            spans += _groups[group].Spans;
        }

        _heads = Math.Min(MostHeads, _shape.HeadsPerKey);
        while (_heads > FewestHeads && spans * PartsOf(_heads) < 2 * _team.Threads)
        {
            _heads = Math.Max(FewestHeads, _heads / 2);
        }

        _partsPerKey = PartsOf(_heads) / _shape.KeyHeads;
    }

    /// <summary>Some heads of a group, which share keys.</summary>
    private (QueryBlock Block, int FirstHead) Part(int group, int part)
    {
        var (keyHead, ofKey) = Math.DivRem(part, _partsPerKey);
        var heads = Math.Min(_heads, _shape.HeadsPerKey - (ofKey * _heads));
        return (_groups[group] with { Heads = heads, KeyHead = keyHead }, (keyHead * _shape.HeadsPerKey) + (ofKey * _heads));
    }

    /// <summary>The split part that a span belongs to, all of them counted through.</summary>
    private int PartOf(int span)
    {
        var index = _firstSpans.AsSpan(0, (_splitCount * PartsOf(_heads)) + 1).BinarySearch(span);
        return index >= 0 ? index : ~index - 1;
    }

    private RowBlock Slot(int index, int heads) =>
        new(_slots.Address + (nint)((long)index * SlotFloats * sizeof(float)), heads * _shape.ResultStride, _shape.ResultStride);

    private sealed class WholeBlocks(CpuAttention owner) : ITeamWork
    {
        public void Run(int from, int to)
        {
            var (attention, parts) = (owner._attention[CpuTeam.Member], PartsOf(owner));
            for (var item = from; item < to; item++)
            {
                // The last tokens of a prompt see most: they come first, so that no thread is left with a long one at the end.
                var (group, part) = Math.DivRem((owner._wholeCount * parts) - 1 - item, parts);
                var (block, head) = owner.Part(owner._whole[group], part);
                var token = owner._groupTokens[owner._whole[group]];
                attention.Attend(owner._cache!, owner._layer, block, owner.Queries(token, head), owner.Results(token, head));
            }

            GC.KeepAlive(owner);
        }

        private static int PartsOf(CpuAttention owner) => owner.PartsOf(owner._heads);
    }

    private sealed class Spans(CpuAttention owner) : ITeamWork
    {
        public int First { get; set; }

        public void Run(int from, int to)
        {
            var (attention, parts) = (owner._attention[CpuTeam.Member], owner.PartsOf(owner._heads));
            for (var item = from; item < to; item++)
            {
                var ofAll = owner.PartOf(First + item);
                var group = owner._split[ofAll / parts];
                var (block, head) = owner.Part(group, ofAll % parts);
                var (token, span) = (owner._groupTokens[group], First + item - owner._firstSpans[ofAll]);

                // The first span's rows are what the others are merged into.
                var results = span == 0 ? owner.Results(token, head) : owner.Slot(item, block.Heads);
                attention.Attend(owner._cache!, owner._layer, block, owner.Queries(token, head), span, results);
            }

            GC.KeepAlive(owner);
        }
    }

    private sealed class Merges(CpuAttention owner) : ITeamWork
    {
        public int First { get; set; }

        public int End { get; set; }

        public int FirstPart { get; set; }

        public void Run(int from, int to)
        {
            var (attention, parts) = (owner._attention[CpuTeam.Member], owner.PartsOf(owner._heads));
            for (var ofAll = FirstPart + from; ofAll < FirstPart + to; ofAll++)
            {
                var group = owner._split[ofAll / parts];
                var (block, head) = owner.Part(group, ofAll % parts);
                var results = owner.Results(owner._groupTokens[group], head);
                var (first, end) = (owner._firstSpans[ofAll], owner._firstSpans[ofAll + 1]);
                for (var span = Math.Max(first + 1, First); span < Math.Min(end, End); span++)
                {
                    attention.Merge(block, results, owner.Slot(span - First, block.Heads));
                }

                if (end <= End)
                {
                    attention.Finish(block, results);
                }
            }

            GC.KeepAlive(owner);
        }
    }
}
