using System.Text.Json;

namespace Gateway.Engine.Tokenization.Files;

/// <summary>A place in a JSON file that knows its path, so that every complaint names file and place.</summary>
internal readonly struct JsonCursor(string file, string path, JsonElement element)
{
    /// <summary>The value at this place.</summary>
    public JsonElement Element { get; } = element;

    public TokenizerFormatException Error(string problem, Exception? cause = null) => new(file, path, problem, cause);

    /// <summary>The member of that name; an error when it is missing or null.</summary>
    public JsonCursor Required(string name) =>
        TryGet(name, out var member) ? member : throw Error($"'{name}' is missing.");

    /// <summary>The member of that name; false when it is missing or null.</summary>
    public bool TryGet(string name, out JsonCursor member)
    {
        ExpectKind(JsonValueKind.Object, "an object");
        if (Element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null)
        {
            member = new JsonCursor(file, $"{path}.{name}", value);
            return true;
        }

        member = default;
        return false;
    }

    public IEnumerable<JsonCursor> Items()
    {
        ExpectKind(JsonValueKind.Array, "an array");
        var (owner, place, index) = (file, path, 0);
        return Element.EnumerateArray().Select(item => new JsonCursor(owner, $"{place}[{index++}]", item));
    }

    /// <summary>The members of an object, in the order of the file.</summary>
    public IEnumerable<(string Name, JsonCursor Value)> Members()
    {
        ExpectKind(JsonValueKind.Object, "an object");
        var (owner, place) = (file, path);
        return Element.EnumerateObject().Select(member =>
        {
            var name = Decode(member, new JsonCursor(owner, place, member.Value));
            return (name, new JsonCursor(owner, $"{place}['{name}']", member.Value));
        });
    }

    public string AsString()
    {
        ExpectKind(JsonValueKind.String, "a string");
        try
        {
            return Element.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw Error("the string is not valid Unicode.", e);
        }
    }

    /// <summary>An integer from <paramref name="min"/> to <paramref name="max"/>.</summary>
    public int AsInt32(int min, int max) =>
        Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out var value) && value >= min && value <= max
            ? value
            : throw Error($"must be an integer from {min} to {max}, but is {Shorten(Element.GetRawText())}.");

    public bool AsBoolean() => Element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Error($"must be true or false, but is {Shorten(Element.GetRawText())}."),
    };

    /// <summary>The boolean member of that name, or the default when it is missing or null.</summary>
    public bool Flag(string name, bool absent = false) => TryGet(name, out var member) ? member.AsBoolean() : absent;

    /// <summary>The string member of that name, or null when it is missing or null.</summary>
    public string? Text(string name) => TryGet(name, out var member) ? member.AsString() : null;

    /// <summary>The name of a component, for a complaint about one that is not known.</summary>
    public TokenizerFormatException UnknownType(string what, string type, string known) =>
        Error($"{what} of type '{Shorten(type)}' is not supported; known are {known}.");

    private static string Shorten(string text) => text.Length > 60 ? text[..60] + "…" : text;

    private static string Decode(JsonProperty member, JsonCursor at)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException e)
        {
            throw at.Error("the name of a member is not valid Unicode.", e);
        }
    }

    private void ExpectKind(JsonValueKind kind, string what)
    {
        if (Element.ValueKind != kind)
        {
            throw Error($"must be {what}, but is {Element.ValueKind}.");
        }
    }
}
