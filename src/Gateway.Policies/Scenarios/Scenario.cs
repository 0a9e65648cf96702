using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>A request, what goes wrong meanwhile, and what is to become of it: a test of policies.</summary>
public sealed record Scenario
{
    /// <summary>The file that it stands in, as the folder was given.</summary>
    public required string File { get; init; }

    /// <summary>Unique among those of its folder.</summary>
    public required string Name { get; init; }

    public required ScenarioRequest Request { get; init; }

    /// <summary>How models answer, the more special last; models that are not named answer as their cards say.</summary>
    public ImmutableArray<ScenarioModel> Models { get; init; } = [];

    public ImmutableArray<ScenarioFault> Faults { get; init; } = [];

    /// <summary>Requests like the one that is looked at, made before it: 0 to 100,000. The default value is 0.</summary>
    public int Before { get; init; }

    /// <summary>From one request to the next. The default value is 1 second.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(1);

    public required ScenarioExpectation Expect { get; init; }
}
