namespace Gateway.Routing;

/// <summary>The lengths of answers to one kind of task on one route, as this replica sees them. Safe for concurrent use.</summary>
internal sealed class AnswerLengths(string route, TaskKind task)
{
    private readonly Lock _lock = new();
    private readonly SliceRing<Counts> _slices = new();

    public void Add(long tokens, long slice)
    {
        lock (_lock)
        {
            _slices.At(slice).Add(tokens);
        }
    }

    public LengthExport Export(DateTimeOffset now)
    {
        lock (_lock)
        {
            return new LengthExport(route, task, [.. _slices.Current(TimeSlice.Of(now)).Select(slice => slice.Slice.ToSlice(slice.Number))]);
        }
    }

    private sealed class Counts : IClearable
    {
        private long _answers;
        private long _tokens;

        public void Add(long tokens)
        {
            _answers++;
            _tokens += tokens;
        }

        public LengthSlice ToSlice(long number) => new(number, _answers, _tokens);

        public void Clear() => (_answers, _tokens) = (0, 0);
    }
}
