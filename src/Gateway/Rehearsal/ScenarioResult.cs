using System.Collections.Immutable;
using Gateway.Policies;

namespace Gateway.Rehearsal;

/// <summary>What became of a scenario.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="Answer">What its last request got.</param>
/// <param name="Problems">Where that is not what was expected, one sentence each; empty when all is well.</param>
internal sealed record ScenarioResult(Scenario Scenario, RehearsedAnswer Answer, ImmutableArray<string> Problems)
{
    public bool IsPassed => Problems.IsEmpty;
}
