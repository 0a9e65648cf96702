using System.Numerics;
using Gateway.Contracts.OpenAI;

namespace Gateway.Providers;

/// <summary>Reads along while an answer passes: when the first token came, what was used, whether the answer was complete.</summary>
/// <param name="time">The clock.</param>
/// <param name="choices">How many choices the request asked for, at least 1.</param>
public sealed class AnswerMeter(TimeProvider time, int choices)
{
    private ulong _choices;
    private ulong _finished;

    /// <summary>
    /// Timestamp (<see cref="TimeProvider.GetTimestamp"/>) of the first token of any kind, reasoning and tool calls included; null
    /// while there was none.
    /// </summary>
    public long? FirstTokenAt { get; private set; }

    /// <summary>The usage that was reported last; null when none was.</summary>
    public TokenUsage? Usage { get; private set; }

    /// <summary>Whether every choice that was asked for, or began, has a finish reason.</summary>
    public bool IsFinished => _choices == _finished && BitOperations.PopCount(_finished) >= choices;

    public void Observe(in AnswerFacts facts)
    {
        _choices |= facts.Choices;
        _finished |= facts.Finished;
        Observe(facts.HasToken, facts.Usage);
    }

    public void Observe(bool hasToken, TokenUsage? usage)
    {
        if (hasToken)
        {
            FirstTokenAt ??= time.GetTimestamp();
        }

        Usage = usage ?? Usage;
    }

    /// <summary>Forgets an attempt that delivered nothing.</summary>
    public void Reset()
    {
        _choices = _finished = 0;
        FirstTokenAt = null;
        Usage = null;
    }
}
