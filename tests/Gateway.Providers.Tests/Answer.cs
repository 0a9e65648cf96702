using Gateway.Policies;
using Gateway.Providers.Failover;
using Gateway.Providers.Simulation;
using Xunit;

namespace Gateway.Providers.Tests;

/// <summary>What a client of a <see cref="Scene"/> got.</summary>
internal sealed record Answer(FailoverResult Result, string Text, bool IsWhole, TimeSpan Took, TimeSpan? FirstText, ModelCard? Model)
{
    public IEnumerable<string> Attempts => Result.Attempts.Select(attempt =>
        $"{attempt.Model.Provider} {attempt.Role} {(attempt.Failure is { } failure ? failure.Kind.ToString() : attempt.Outcome.ToString())}");

    /// <summary>The answer is whole, exact and complete.</summary>
    public Answer AssertWhole(int tokens = Scene.Tokens)
    {
        Assert.Null(Result.Failure);
        Assert.True(IsWhole);
        Assert.Equal(SimulatedText.Whole(tokens), Text);
        return this;
    }

    /// <summary>The client was told of a failure and has nothing that it could take for an answer.</summary>
    public Answer AssertFailed(FailureKind kind)
    {
        Assert.Equal(kind, Result.Failure?.Kind);
        Assert.False(IsWhole);
        Assert.StartsWith(Text, SimulatedText.Whole(Scene.Tokens), StringComparison.Ordinal);
        return this;
    }

    public Answer AssertAttempts(params string[] expected)
    {
        Assert.Equal(expected, Attempts);
        return this;
    }
}
