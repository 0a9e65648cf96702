using System.Text.Json.Nodes;

namespace Gateway.Testing;

/// <summary>What the npm client reported.</summary>
/// <param name="ExitCode">0 when every case went as expected.</param>
/// <param name="Cases">One object per case in order of execution: <c>case</c>, <c>ok</c>, <c>error</c> and what the case saw.</param>
/// <param name="Error">The standard error, for the message of a failed assertion.</param>
public sealed record NodeClientResult(int ExitCode, IReadOnlyList<JsonObject> Cases, string Error)
{
    /// <summary>The report of one case.</summary>
    public JsonObject this[string name] => Cases.Single(report => (string?)report["case"] == name);
}
