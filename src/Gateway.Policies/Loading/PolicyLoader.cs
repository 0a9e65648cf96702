using Gateway.Policies.Validation;
using Gateway.Policies.Yaml;

namespace Gateway.Policies;

/// <summary>Reads and validates the policy folder.</summary>
public static class PolicyLoader
{
    /// <summary>
    /// Reads every policy file of the folder and validates them as a whole. Whatever the folder holds, the answer is a
    /// result: a snapshot, or every error at once.
    /// </summary>
    /// <param name="folder">
    /// Holds <c>providers.yaml</c>, <c>routes.yaml</c>, and maybe <c>failover.yaml</c>, <c>keys.yaml</c> and <c>budgets.yaml</c>; errors name it
    /// as given.
    /// </param>
    /// <param name="environment">Where <c>${NAME}</c> references find their values.</param>
    /// <param name="time">Dates the snapshot and tells which keys have expired.</param>
    public static PolicyLoadResult Load(string folder, IEnvironment environment, TimeProvider time)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(time);
        return Load(PolicySources.Read(folder), environment, time);
    }

    internal static PolicyLoadResult Load(PolicySources sources, IEnvironment environment, TimeProvider time)
    {
        var findings = new Findings();
        var now = time.GetUtcNow();
        if (!Directory.Exists(sources.Folder))
        {
            new FileReport(sources.Folder, findings).Error(
                "The folder does not exist.",
                $"Name the folder that holds {PolicyFiles.Providers} and {PolicyFiles.Routes}");
            return new PolicyLoadResult { Errors = findings.Errors };
        }

        var providers = Open(PolicyFiles.Providers, sources, findings) is { } providersFile
            ? new ProvidersReader(environment, sources).Read(providersFile)
            : null;
        var routes = Open(PolicyFiles.Routes, sources, findings) is { } routesFile
            ? RoutesReader.Read(routesFile, providers)
            : null;
        FailoverPolicy? failover = null;
        if (sources.Policy(PolicyFiles.Failover).IsAbsent)
        {
            failover = FailoverReader.Read(null, providers, routes);
        }
        else if (Open(PolicyFiles.Failover, sources, findings) is { } failoverFile)
        {
            failover = FailoverReader.Read(failoverFile, providers, routes);
        }

        VirtualKeys? keys = null;
        if (sources.Policy(PolicyFiles.Keys).IsAbsent)
        {
            keys = VirtualKeys.Empty;
        }
        else if (Open(PolicyFiles.Keys, sources, findings) is { } keysFile)
        {
            keys = KeysReader.Read(keysFile, providers, routes, now);
        }

        BudgetPolicy? budgets = null;
        if (sources.Policy(PolicyFiles.Budgets).IsAbsent)
        {
            budgets = BudgetPolicy.None;
        }
        else if (Open(PolicyFiles.Budgets, sources, findings) is { } budgetsFile)
        {
            budgets = new BudgetsReader(environment, keys).Read(budgetsFile);
        }

        WarnOfStrangers(sources, findings);

        return new PolicyLoadResult
        {
            Snapshot = findings.Errors.IsEmpty
                && providers is not null && routes is not null && failover is not null && keys is not null && budgets is not null
                ? new PolicySnapshot(providers.Providers, [.. routes.Routes.Select(route => route.Definition)], keys, sources.Hash(), now)
                {
                    Failover = failover,
                    Budgets = budgets,
                }
                : null,
            Errors = findings.Errors,
            Warnings = findings.Warnings,
            Files = sources.Files,
        };
    }

    /// <summary>The file's top level, or null when there is none, which is then reported.</summary>
    private static Section? Open(string name, PolicySources sources, Findings findings)
    {
        var report = new FileReport(Path.Combine(sources.Folder, name), findings);
        var content = sources.Policy(name);
        if (content.IsAbsent)
        {
            report.Error("The file is missing.", Suggestion.Closest(name, sources.Strangers()) is { } found
                ? $"Rename {found} to {name}"
                : $"Create it; a commented example comes with the gateway in policies/{name}");
            return null;
        }

        if (content.Bytes is null)
        {
            report.Error($"The file {content.Failure}.", $"Make it a readable file of at most {FileContent.MaxBytes} bytes");
            return null;
        }

        return PolicyText.Decode(content.Bytes, report) is { } text && YamlReader.Read(text, report) is { } node
            ? new Field(node, "", report).AsSection()
            : null;
    }

    private static void WarnOfStrangers(PolicySources sources, Findings findings)
    {
        foreach (var name in sources.Strangers())
        {
            new FileReport(Path.Combine(sources.Folder, name), findings).Warning(
                "The file is not read: no policy file has this name.",
                Suggestion.Closest(name, PolicyFiles.All) is { } known
                    ? $"Did you mean {known}?"
                    : $"Policy files are {string.Join(", ", PolicyFiles.All)}");
        }
    }
}
