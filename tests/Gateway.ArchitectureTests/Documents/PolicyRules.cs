using System.Text.RegularExpressions;
using Gateway.Policies;

namespace Gateway.ArchitectureTests.Documents;

/// <summary>
/// Policy files that the documents show load. A document's providers and routes count as additions to the shipped files, so that its
/// later blocks may name what its earlier ones declare.
/// </summary>
internal static partial class PolicyRules
{
    private static readonly string[] Files = ["providers", "routes", "keys"];

    public static IEnumerable<string> Check(Document document)
    {
        var blocks = document.Blocks.Where(block => block.Language == "yaml").Select(block => block.Text).Where(text => Files.Contains(TopKey(text))).ToList();
        var providers = Entries(Repository.Read("policies/providers.yaml"), blocks, "providers");
        var routes = Entries(Repository.Read("policies/routes.yaml"), blocks, "routes");
        foreach (var block in blocks)
        {
            var problems = Load(
                TopKey(block) == "providers" ? WithOthers(block, providers) : Join("providers", providers),
                TopKey(block) == "routes" ? WithOthers(block, routes) : Join("routes", routes),
                TopKey(block) == "keys" ? block : null);
            foreach (var problem in problems)
            {
                yield return $"{document.Path}: {problem}";
            }
        }
    }

    /// <summary>The errors of a policy folder with these files, in an environment in which every variable is set.</summary>
    public static IReadOnlyList<string> Load(string providers, string routes, string? keys)
    {
        var folder = Directory.CreateTempSubdirectory("gateway-docs-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "providers.yaml"), providers);
            File.WriteAllText(Path.Combine(folder.FullName, "routes.yaml"), routes);
            if (keys is not null)
            {
                File.WriteAllText(Path.Combine(folder.FullName, "keys.yaml"), keys);
            }

            return [.. PolicyLoader.Load(folder.FullName, new EveryVariable(), TimeProvider.System).Errors.Select(error => error.ToString())];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string TopKey(string yaml) => TopKeys().Match(yaml).Groups["key"].Value;

    /// <summary>The entries below the top key, by name; of two with one name the later one.</summary>
    private static Dictionary<string, string> Entries(string shipped, IEnumerable<string> blocks, string key)
    {
        Dictionary<string, string> entries = [];
        foreach (var text in blocks.Where(block => TopKey(block) == key).Prepend(shipped))
        {
            foreach (var (name, entry) in EntriesOf(text))
            {
                entries[name] = entry;
            }
        }

        return entries;
    }

    private static IEnumerable<(string Name, string Text)> EntriesOf(string yaml) =>
        EntryTexts().Matches(yaml).Select(match => (match.Groups["name"].Value, match.Value));

    /// <summary>The block as it stands, with the entries that it does not have itself.</summary>
    private static string WithOthers(string block, Dictionary<string, string> entries)
    {
        var own = EntriesOf(block).Select(entry => entry.Name).ToHashSet();
        return block + string.Concat(entries.Where(entry => !own.Contains(entry.Key)).Select(entry => entry.Value));
    }

    private static string Join(string key, Dictionary<string, string> entries) => $"{key}:\n{string.Concat(entries.Values)}";

    [GeneratedRegex(@"^(?<key>[a-z]+):", RegexOptions.Multiline)]
    private static partial Regex TopKeys();

    [GeneratedRegex(@"^  (?<name>[^\s#][^\n]*?):(?:[ ][^\n]*)?\n(?:(?:    [^\n]*)?\n)*", RegexOptions.Multiline)]
    private static partial Regex EntryTexts();

    /// <summary>An environment in which every variable is set.</summary>
    private sealed class EveryVariable : IEnvironment
    {
        public string GetVariable(string name) => "value-of-" + name;
    }
}
