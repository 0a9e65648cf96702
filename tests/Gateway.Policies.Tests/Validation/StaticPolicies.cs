namespace Gateway.Policies.Tests.Validation;

/// <summary>A folder for the checks across settings: five models of known windows, two of them able to continue an answer.</summary>
internal static class StaticPolicies
{
    public static PolicyFolder Folder(string routes, string? failover = null) => new(
        """
        providers:
          p:
            dialect: local
            models:
              small: { contextWindow: 1000, prices: { input: 0, output: 0 }, skills: { general: 0.5 } }
              medium: { contextWindow: 2000, prices: { input: 0, output: 0 }, skills: { general: 0.6 }, prefill: plain }
              large: { contextWindow: 3000, prices: { input: 0, output: 0 } }
          q:
            dialect: local
            models:
              large: { contextWindow: 3000, prices: { input: 0, output: 0 }, prefill: prefix }
              huge: { contextWindow: 9000, prices: { input: 0, output: 0 } }
        """,
        routes,
        failover: failover);

    /// <summary>File, line, column and key of a finding.</summary>
    public static string PlaceOf(PolicyError finding) => $"{Path.GetFileName(finding.File)}:{finding.Line}:{finding.Column} {finding.Key}";

    /// <summary>Loads files that must have no error and exactly one warning.</summary>
    public static PolicyError LoadSingleWarning(this PolicyFolder folder)
    {
        var result = folder.Load();
        Assert.Empty(result.Errors);
        return Assert.Single(result.Warnings);
    }

    public static void AssertNoFindings(this PolicyFolder folder)
    {
        var result = folder.Load();
        Assert.Empty(result.Errors);
        Assert.Empty(result.Warnings);
    }
}
