using System.Numerics;
using Gateway.Contracts.OpenAI;

namespace Gateway.Providers;

/// <summary>
/// Reads along while the answer of one attempt passes: when its tokens came and when the first ones went on, what was used, whether the answer was
/// complete. Moments are timestamps of <see cref="TimeProvider.GetTimestamp"/>, null while they have not come.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="choices">How many choices the request asked for, at least 1.</param>
/// <param name="clock">Keeps apart the gateway's time and that of others; a clock of its own when null.</param>
/// <param name="onGap">Is told the time between one event with tokens and the next, as they come.</param>
public sealed class AnswerMeter(TimeProvider time, int choices, WaitClock? clock = null, Action<TimeSpan>? onGap = null)
{
    /// <summary>English text has about four bytes per token, Chinese about three and a half.</summary>
    private const int BytesPerToken = 4;

    private ulong _choices;
    private ulong _finished;
    private long _tokenEvents;
    private long _textBytes;
    private long _seenWithUsage;

    /// <summary>Gathers what is said, for a stream that another model could go on with; null when none could.</summary>
    public AnswerTranscript? Transcript { get; init; }

    public WaitClock Clock { get; } = clock ?? new WaitClock(time);

    /// <summary>When the attempt began.</summary>
    public long StartedAt { get; } = time.GetTimestamp();

    /// <summary>The first token of any kind, reasoning and tool calls included; of the whole answer, when this attempt continues one.</summary>
    public long? FirstTokenAt { get; private set; }

    /// <summary>The first token of this attempt.</summary>
    public long? OwnFirstTokenAt { get; private set; }

    /// <summary>The first token that is not reasoning.</summary>
    public long? FirstContentTokenAt { get; private set; }

    /// <summary>The newest token of any kind.</summary>
    public long? LastTokenAt { get; private set; }

    /// <summary>When the first token of any kind had been sent to the client.</summary>
    public long? FirstTokenSentAt { get; private set; }

    /// <summary>When the first token that is not reasoning had been sent to the client.</summary>
    public long? FirstContentTokenSentAt { get; private set; }

    /// <summary>The usage that was reported last; null when none was.</summary>
    public TokenUsage? Usage { get; private set; }

    /// <summary>
    /// How many tokens of this attempt's answer passed, as far as can be told without the provider's usage: at least one for each event with
    /// tokens, and one for every four bytes of text.
    /// </summary>
    public long TokensSeen => Math.Max(_tokenEvents, (_textBytes + BytesPerToken - 1) / BytesPerToken);

    /// <summary>How many of <see cref="TokensSeen"/> came after <see cref="Usage"/>, which does not count them; 0 without one.</summary>
    public long TokensAfterUsage => Usage is null ? 0 : TokensSeen - _seenWithUsage;

    /// <summary>Whether every choice that was asked for, or began, has a finish reason.</summary>
    public bool IsFinished => _choices == _finished && BitOperations.PopCount(_finished) >= choices;

    public void Observe(in AnswerFacts facts)
    {
        _choices |= facts.Choices;
        _finished |= facts.Finished;
        _textBytes += facts.TextBytes;
        Observe(facts.HasToken, facts.HasContentToken, facts.Usage);
    }

    /// <summary>Takes tokens of an answer that has no reasoning apart from its content.</summary>
    public void Observe(bool hasToken, TokenUsage? usage) => Observe(hasToken, hasToken, usage);

    /// <param name="hasToken">Whether tokens of any kind came.</param>
    /// <param name="hasContentToken">Whether some of them were not reasoning.</param>
    /// <param name="usage">The usage so far; null when it was not told.</param>
    public void Observe(bool hasToken, bool hasContentToken, TokenUsage? usage)
    {
        if (hasToken)
        {
            _tokenEvents++;
            ObserveToken(hasContentToken);
        }

        if (usage is not null)
        {
            (Usage, _seenWithUsage) = (usage, TokensSeen);
        }
    }

    /// <summary>Everything observed so far has been sent to the client.</summary>
    public void MarkSent()
    {
        if (FirstContentTokenSentAt is not null || FirstTokenAt is null)
        {
            return;
        }

        var now = time.GetTimestamp();
        FirstTokenSentAt ??= now;
        FirstContentTokenSentAt = FirstContentTokenAt is null ? null : now;
    }

    /// <summary>Takes over the moments of the attempt whose answer this one continues.</summary>
    public void Continue(AnswerMeter earlier)
    {
        FirstTokenAt = earlier.FirstTokenAt;
        FirstContentTokenAt = earlier.FirstContentTokenAt;
        FirstTokenSentAt = earlier.FirstTokenSentAt;
        FirstContentTokenSentAt = earlier.FirstContentTokenSentAt;
    }

    private void ObserveToken(bool isContent)
    {
        var now = time.GetTimestamp();
        if (LastTokenAt is { } last)
        {
            onGap?.Invoke(time.GetElapsedTime(last, now));
        }

        LastTokenAt = now;
        OwnFirstTokenAt ??= now;
        FirstTokenAt ??= now;
        FirstContentTokenAt ??= isContent ? now : null;
    }
}
