using System.Collections.Immutable;
using Gateway.Policies.Yaml;

namespace Gateway.Policies.Validation;

/// <summary>
/// A value of a policy file on its way to being checked. Each <c>As</c> method gives the value in the shape asked for, or
/// null after having reported what is wrong with it.
/// </summary>
internal readonly record struct Field(Node Node, string Path, FileReport Report)
{
    public void Error(string message, string fix) => Report.Error(Node.Place, Path, message, fix);

    public void Warning(string message, string fix) => Report.Warning(Node.Place, Path, message, fix);

    public Section? AsSection()
    {
        if (Node is MapNode map)
        {
            return new Section(map, Path, Report);
        }

        ErrorOfShape("a mapping", "Write 'name: value' entries, one a line and indented");
        return null;
    }

    public ImmutableArray<Field>? AsList()
    {
        if (Node is ListNode list)
        {
            var (path, report) = (Path, Report);
            return [.. list.Items.Select((item, index) => new Field(item, $"{path}[{index}]", report))];
        }

        ErrorOfShape("a list", "Write [ one, two ], or one '- item' a line");
        return null;
    }

    public ScalarNode? AsScalar()
    {
        if (Node is ScalarNode { IsNull: false } scalar)
        {
            return scalar;
        }

        ErrorOfShape("a single value", "Write one value, or remove the key");
        return null;
    }

    /// <summary>Text of at least one character, taken as it stands: no environment references.</summary>
    public string? AsText()
    {
        if (AsScalar() is not { Text: var text })
        {
            return null;
        }

        if (text.Contains("${", StringComparison.Ordinal))
        {
            Error("Environment references are not resolved here.", "Write the value itself");
            return null;
        }

        if (string.IsNullOrWhiteSpace(text) || text.Any(char.IsControl))
        {
            Error(
                string.IsNullOrWhiteSpace(text) ? "The text is empty." : "The text holds line breaks or control characters.",
                "Write one line of text, or remove the key");
            return null;
        }

        return text;
    }

    public bool? AsBoolean()
    {
        switch (AsScalar())
        {
            case null:
                return null;
            case { IsPlain: true, Text: "true" }:
                return true;
            case { IsPlain: true, Text: "false" }:
                return false;
            case { Text: var text }:
                Error($"{Quote.Of(text)} is neither true nor false.", "Write true or false, without quotes");
                return null;
        }
    }

    /// <summary>One of the choices, by its name.</summary>
    public T? AsOneOf<T>(ImmutableArray<(string Name, T Value)> choices)
        where T : struct
    {
        if (AsText() is not { } text)
        {
            return null;
        }

        foreach (var (name, value) in choices)
        {
            if (name == text)
            {
                return value;
            }
        }

        var names = choices.Select(choice => choice.Name).ToList();
        var guess = Suggestion.Closest(text, names) is { } meant ? $"Did you mean '{meant}'? " : "";
        Error($"{Quote.Of(text)} is not known.", $"{guess}Choose from {string.Join(", ", names)}");
        return null;
    }

    private void ErrorOfShape(string expected, string fix) => Error(
        Node is ScalarNode { IsNull: true } ? "There is no value." : $"Here stands {Node.Kind}, where {expected} belongs.",
        fix);
}
