using Xunit;

namespace Gateway.ArchitectureTests;

/// <summary>What the rules report: one line per violation, each with the place and what to do instead.</summary>
internal static class Violations
{
    public static void AssertNone(IEnumerable<string> violations)
    {
        var found = violations.ToList();
        Assert.True(found.Count == 0, string.Join('\n', found));
    }
}
