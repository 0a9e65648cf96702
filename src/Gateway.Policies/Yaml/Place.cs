using YamlDotNet.Core;

namespace Gateway.Policies.Yaml;

/// <summary>Where something stands in a file; both count from 1.</summary>
internal readonly record struct Place(int Line, int Column)
{
    public static Place Of(Mark mark) => new(checked((int)mark.Line), checked((int)mark.Column));

    /// <summary>The place of a character, given its index in the text.</summary>
    public static Place Of(ReadOnlySpan<char> text, int index)
    {
        var before = text[..index];
        return new Place(before.Count('\n') + 1, index - before.LastIndexOf('\n'));
    }
}
