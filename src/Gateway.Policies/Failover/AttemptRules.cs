using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>
/// How one candidate is tried: how long it may take and what follows its failures. Resolved from <c>defaults</c>, then the provider's
/// section, then the route's, the last one that sets a value winning.
/// </summary>
public sealed record AttemptRules
{
    /// <summary>What the product does without a file.</summary>
    public static AttemptRules Default { get; } = new();

    /// <summary>
    /// A stream's first token, from the request being sent. Above 0, at most an hour. Null, the default, is 10 seconds while another
    /// candidate is left and 120 seconds for the last one: better late than not at all.
    /// </summary>
    public TimeSpan? FirstTokenLimit { get; init; }

    /// <summary>
    /// The whole of an answer in one piece, from the request being sent. Above 0, at most an hour. Null, the default, is 120 seconds while
    /// another candidate is left and 600 seconds, which is when OpenAI's clients give up, for the last one.
    /// </summary>
    public TimeSpan? AnswerLimit { get; init; }

    /// <summary>Between two tokens of a stream; comments and empty events do not count as tokens. Above 0, at most an hour. The default value is 15 seconds.</summary>
    public TimeSpan BetweenTokensLimit { get; init; } = TimeSpan.FromSeconds(15);

    public RetryPolicy Retry { get; init; } = RetryPolicy.Default;

    /// <summary>What follows each kind of failure, indexed by it; complete.</summary>
    public ImmutableArray<FailureAction> Actions { get; init; } = FailureActions.Default;

    /// <summary>The limit for a stream's first token.</summary>
    /// <param name="isLast">Whether no other candidate is left.</param>
    public TimeSpan FirstTokenLimitOf(bool isLast) => FirstTokenLimit ?? TimeSpan.FromSeconds(isLast ? 120 : 10);

    /// <summary>The limit for an answer in one piece.</summary>
    /// <param name="isLast">Whether no other candidate is left.</param>
    public TimeSpan AnswerLimitOf(bool isLast) => AnswerLimit ?? TimeSpan.FromSeconds(isLast ? 600 : 120);

    public FailureAction ActionFor(FailureKind kind) => Actions[(int)kind];
}
