using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>
/// What is to become of a scenario's last request, and of all of them together. What is null or empty is not looked at. In any case
/// nothing may pass for a whole answer that is none.
/// </summary>
public sealed record ScenarioExpectation
{
    /// <summary>Who answers: a provider or a model.</summary>
    public FaultTarget? AnsweredBy { get; init; }

    /// <summary>The HTTP status that the client sees.</summary>
    public int? Status { get; init; }

    /// <summary>The error code that the client sees: the provider's own, or one of the gateway's.</summary>
    public string? Error { get; init; }

    /// <summary>What the client has of the text.</summary>
    public ScenarioText? Text { get; init; }

    /// <summary>The calls, in their order.</summary>
    public ImmutableArray<ExpectedAttempt> Attempts { get; init; } = [];

    /// <summary>The most calls.</summary>
    public int? MaxAttempts { get; init; }

    /// <summary>The longest time to the end of the answer.</summary>
    public TimeSpan? Within { get; init; }

    /// <summary>The longest time to the first text.</summary>
    public TimeSpan? FirstTokenWithin { get; init; }

    /// <summary>The shortest time to the end of the answer.</summary>
    public TimeSpan? NotBefore { get; init; }

    /// <summary>Who gets no call by the last request.</summary>
    public ImmutableArray<FaultTarget> NotCalled { get; init; } = [];

    /// <summary>Whether each request of the scenario has a whole answer.</summary>
    public bool AllAnswered { get; init; }

    /// <summary>The most calls over all requests of the scenario.</summary>
    public ImmutableArray<(FaultTarget Target, int Calls)> CallsAtMost { get; init; } = [];

    /// <summary>Whose circuit is open at the end, or is not.</summary>
    public ImmutableArray<(FaultTarget Target, bool IsOpen)> Circuits { get; init; } = [];

    /// <summary>Whose circuit has opened at some time.</summary>
    public ImmutableArray<FaultTarget> Opened { get; init; } = [];
}
