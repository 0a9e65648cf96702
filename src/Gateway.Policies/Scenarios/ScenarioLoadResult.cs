using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>The scenarios of a folder, or everything that is wrong with its files.</summary>
/// <param name="Scenarios">In the order of files and entries; empty when there are errors.</param>
/// <param name="Errors">File by file from top to bottom.</param>
public sealed record ScenarioLoadResult(ImmutableArray<Scenario> Scenarios, ImmutableArray<PolicyError> Errors);
