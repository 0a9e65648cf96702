using System.CommandLine;
using System.Text.Json;

namespace Gateway.Commands;

/// <summary>The options that say whom a new key is for and what it may do, as the fields of <c>keys.yaml</c> do.</summary>
internal sealed class KeyHolderOptions
{
    private readonly Option<string?>[] _texts =
    [
        Text("organization", "Whom the key is for."),
        Text("team", "Whom the key is for."),
        Text("project", "Whom the key is for."),
        Text("user", "Whom the key is for."),
        Text("expires", "From when on it is refused, such as 2027-01-01T00:00:00Z."),
        Text("priority", "How urgent its requests are for the local engine: low, normal or high."),
        Text("role", "Whose spending it may read: finance or team."),
    ];

    private readonly Option<string?> _models = Text("models", "The routes and models that it may use, separated by commas; all without it.");
    private readonly Option<bool> _admin = new("--admin") { Description = "It may use the endpoints under /admin." };

    public void AddTo(Command command)
    {
        Array.ForEach(_texts, command.Options.Add);
        command.Options.Add(_models);
        command.Options.Add(_admin);
    }

    /// <summary>What was given, by the names of <c>keys.yaml</c>.</summary>
    public IReadOnlyDictionary<string, object> Read(ParseResult result)
    {
        Dictionary<string, object> fields = [];
        foreach (var option in _texts)
        {
            if (result.GetValue(option) is { } text)
            {
                fields[Name(option)] = text;
            }
        }

        if (result.GetValue(_models) is { } models)
        {
            fields[Name(_models)] = models.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        }

        if (result.GetValue(_admin))
        {
            fields[Name(_admin)] = true;
        }

        return fields;
    }

    /// <summary>An entry of <c>keys.yaml</c>. JSON is YAML, and its quotes keep ids from being taken for numbers or worse.</summary>
    public static string Entry(string id, string sha256, IReadOnlyDictionary<string, object> fields) =>
        $"  - {{ id: \"{id}\", sha256: {sha256}{string.Concat(fields.Select(field => $", {field.Key}: {JsonSerializer.Serialize(field.Value)}"))} }}";

    private static Option<string?> Text(string name, string description) => new($"--{name}") { Description = description };

    private static string Name(Option option) => option.Name.TrimStart('-');
}
