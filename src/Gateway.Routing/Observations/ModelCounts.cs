namespace Gateway.Routing;

/// <summary>What calls of one model showed in one time slice, while it is recorded. Not safe for concurrent use.</summary>
internal sealed class ModelCounts : IClearable
{
    private LatencyCounts? _firstToken;
    private LatencyCounts? _answer;
    private ModelTotals _totals;

    public ModelTotals Totals => _totals;

    public void Add(in CallObservation call)
    {
        _totals.Calls++;
        _totals.Failures += call.IsFailure ? 1 : 0;
        if (call is { IsStream: true, FirstToken: { } firstToken })
        {
            (_firstToken ??= new LatencyCounts()).Add(firstToken);
        }

        if (call is { IsStream: false, IsFailure: false })
        {
            (_answer ??= new LatencyCounts()).Add(call.Duration);
        }

        if (call is { Generation: { } generation, OutputTokens: > 1 and var outputTokens })
        {
            _totals.GenerationMicroseconds += LatencyBuckets.Microseconds(generation);
            _totals.GeneratedTokens += outputTokens - 1;
        }

        if (call is { InputTokens: > 0 and var inputTokens, EstimatedInputTokens: > 0 and var estimated } && inputTokens <= MostOf(estimated))
        {
            _totals.ReportedInput += inputTokens;
            _totals.EstimatedInput += estimated;
        }
    }

    public void AddTo(MergedLatency firstToken, MergedLatency answer, long weight)
    {
        if (_firstToken is not null)
        {
            firstToken.Add(_firstToken, weight);
        }

        if (_answer is not null)
        {
            answer.Add(_answer, weight);
        }
    }

    /// <summary>
    /// More than any tokenizer makes of a text that was estimated so, and than any provider puts before it. One absurd report must not make every prompt too long
    /// for the model.
    /// </summary>
    private static long MostOf(long estimated) => 4096 + (16 * estimated);

    public void Clear()
    {
        _totals = default;
        _firstToken?.Clear();
        _answer?.Clear();
    }
}
