using Gateway.Policies.Validation;
using Gateway.Policies.Yaml;

namespace Gateway.Policies;

/// <summary>Reads the scenarios of a folder.</summary>
public static class ScenarioLoader
{
    /// <summary>Reads every <c>*.yaml</c> file of the folder, in the order of the names, and validates them against the policies.</summary>
    public static ScenarioLoadResult Load(string folder, PolicySnapshot policies)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(policies);
        var findings = new Findings();
        var reader = new ScenarioReader(policies);
        List<Scenario> scenarios = [];
        if (!Directory.Exists(folder))
        {
            new FileReport(folder, findings).Error("The folder does not exist.", "Name the folder that holds the scenarios");
        }
        else if (Directory.GetFiles(folder, "*.yaml") is { Length: > 0 } files)
        {
            scenarios.AddRange(files.Order(StringComparer.Ordinal).SelectMany(path => Read(path, reader, findings)));
        }
        else
        {
            new FileReport(folder, findings).Error("There is no scenario.", "Write one in a file that ends with .yaml");
        }

        return findings.Errors.IsEmpty ? new ScenarioLoadResult([.. scenarios], []) : new ScenarioLoadResult([], findings.Errors);
    }

    private static IEnumerable<Scenario> Read(string path, ScenarioReader reader, Findings findings)
    {
        var report = new FileReport(path, findings);
        var content = FileContent.Read(path);
        if (content.Bytes is null)
        {
            report.Error($"The file {content.Failure ?? "is missing"}.", $"Make it a readable file of at most {FileContent.MaxBytes} bytes");
            return [];
        }

        var root = PolicyText.Decode(content.Bytes, report) is { } text && YamlReader.Read(text, report) is { } node
            ? new Field(node, "", report).AsSection()
            : null;
        return root is null ? [] : reader.Read(path, root);
    }
}
