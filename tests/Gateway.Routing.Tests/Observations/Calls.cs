using Gateway.Policies;
using Xunit;

namespace Gateway.Routing.Tests.Observations;

/// <summary>Models and calls for tests of the board.</summary>
internal static class Calls
{
    public static ModelCard Fast { get; } = Model("a", "fast");

    public static ModelCard Slow { get; } = Model("b", "org/slow");

    /// <summary>A stream that went well.</summary>
    public static CallObservation Stream(double firstToken = 0.5, double secondsPerToken = 0.02, int outputTokens = 101, ulong prefix = 1) => new()
    {
        Route = "auto",
        Task = TaskKind.Code,
        IsFailure = false,
        IsStream = true,
        FirstToken = TimeSpan.FromSeconds(firstToken),
        Generation = TimeSpan.FromSeconds(secondsPerToken * (outputTokens - 1)),
        Duration = TimeSpan.FromSeconds(firstToken + (secondsPerToken * (outputTokens - 1))),
        InputTokens = 120,
        OutputTokens = outputTokens,
        EstimatedInputTokens = 100,
        PrefixHash = prefix,
    };

    /// <summary>An answer in one piece that went well.</summary>
    public static CallObservation Piece(double duration = 2) => new()
    {
        Route = "auto",
        Task = TaskKind.General,
        IsFailure = false,
        IsStream = false,
        Duration = TimeSpan.FromSeconds(duration),
        EstimatedInputTokens = 100,
        PrefixHash = 2,
    };

    public static CallObservation Failure() => Piece() with { IsFailure = true, PrefixHash = 3 };

    /// <summary>A whole call.</summary>
    public static void Call(this ObservationBoard board, ModelCard model, in CallObservation call)
    {
        board.BeginCall(model);
        board.EndCall(model, call);
    }

    /// <summary>What is seen without other replicas.</summary>
    public static ObservationView Alone(this ObservationBoard board)
    {
        board.Refresh([]);
        return board.Current;
    }

    public static ModelObservation Of(this ObservationView view, ModelCard model)
    {
        var observation = view.Find(model.QualifiedName);
        Assert.NotNull(observation);
        return observation;
    }

    /// <summary>Bit by bit.</summary>
    public static void AssertEqual(ObservationView expected, ObservationView actual)
    {
        Assert.Equal(expected.Models.OrderBy(model => model.Key, StringComparer.Ordinal), actual.Models.OrderBy(model => model.Key, StringComparer.Ordinal));
        Assert.Equal(expected.OutputLengths.OrderBy(length => length.Key), actual.OutputLengths.OrderBy(length => length.Key));
        Assert.Equal(expected.Prefixes.OrderBy(prefix => prefix.Key), actual.Prefixes.OrderBy(prefix => prefix.Key));
    }

    private static ModelCard Model(string provider, string name) =>
        new(provider, name) { UpstreamModel = name, ContextWindow = 8192, MaxOutputTokens = 8192 };
}
