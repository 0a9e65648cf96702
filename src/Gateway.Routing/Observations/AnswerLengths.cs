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
        long answers = 0, tokens = 0;
        lock (_lock)
        {
            foreach (var (counts, weight) in _slices.Current(TimeSlice.Of(now)))
            {
                answers += counts.Answers * weight;
                tokens += counts.Tokens * weight;
            }
        }

        return new LengthExport(route, task, answers, tokens);
    }

    private sealed class Counts : IClearable
    {
        public long Answers { get; private set; }

        public long Tokens { get; private set; }

        public void Add(long tokens)
        {
            Answers++;
            Tokens += tokens;
        }

        public void Clear() => (Answers, Tokens) = (0, 0);
    }
}
