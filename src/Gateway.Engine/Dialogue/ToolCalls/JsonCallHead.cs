using System.Text.Json;

namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>Reads a call that is a JSON object with a name and arguments: <c>{"name": "…", "arguments": {…}}</c>; <c>parameters</c> means the same.</summary>
internal static class JsonCallHead
{
    private static readonly string[] ArgumentNames = ["arguments", "parameters"];

    /// <param name="cursor">Stands before the object.</param>
    /// <param name="names">The functions that may be called.</param>
    public static CallHead Read(HeadCursor cursor, IReadOnlySet<string> names)
    {
        var start = cursor;
        if (!cursor.Take("{"))
        {
            return CallHead.Unless(cursor.IsShort);
        }

        if (TakeToken(ref cursor, "\"name\""))
        {
            return ReadNameFirst(cursor, start, names);
        }

        return TakeArgumentsName(ref cursor) ? ReadWhole(start, names) : CallHead.Unless(cursor.IsShort);
    }

    /// <summary>The usual order: arguments can be passed on as they come.</summary>
    private static CallHead ReadNameFirst(HeadCursor cursor, HeadCursor start, IReadOnlySet<string> names)
    {
        if (!TakeToken(ref cursor, ":") || !TakeToken(ref cursor, "\"") || cursor.TakeName(names) is not { } name || !cursor.Take("\""))
        {
            return CallHead.Unless(cursor.IsShort);
        }

        if (TakeToken(ref cursor, ",") && TakeArgumentsName(ref cursor) && TakeToken(ref cursor, ":"))
        {
            cursor.SkipWhiteSpace();
            if (cursor.IsAt("{"))
            {
                return new CallHead(CallHeadOutcome.Call, name, cursor.Position);
            }
        }

        return cursor.IsShort ? CallHead.NeedsMore : ReadWhole(start, names);
    }

    /// <summary>Any order of members, and arguments that are JSON inside a string: only the whole object tells.</summary>
    private static CallHead ReadWhole(HeadCursor start, IReadOnlySet<string> names)
    {
        JsonObjectScanner scanner = default;
        var length = scanner.Read(start.Rest);
        return scanner.IsComplete ? ReadObject(start.Rest[..length].ToString(), start.Position + length, names) : CallHead.Unless(!scanner.IsBroken);
    }

    private static CallHead ReadObject(string json, int length, IReadOnlySet<string> names)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var call = document.RootElement;
            return call.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String && names.Contains(name.GetString()!)
                && ArgumentsOf(call) is { } arguments
                    ? new CallHead(CallHeadOutcome.WholeCall, name.GetString()!, length, arguments)
                    : CallHead.NoCall;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return CallHead.NoCall;
        }
    }

    /// <summary>JSON text of an object; null when the arguments are something else.</summary>
    private static string? ArgumentsOf(JsonElement call)
    {
        foreach (var name in ArgumentNames)
        {
            if (call.TryGetProperty(name, out var arguments))
            {
                return arguments.ValueKind switch
                {
                    JsonValueKind.Object => arguments.GetRawText(),
                    JsonValueKind.Null => "{}",
                    JsonValueKind.String => ObjectIn(arguments.GetString()!),
                    _ => null,
                };
            }
        }

        return "{}";
    }

    private static string? ObjectIn(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.ValueKind == JsonValueKind.Object ? text : null;
    }

    private static bool TakeArgumentsName(ref HeadCursor cursor) => TakeToken(ref cursor, "\"arguments\"") || TakeToken(ref cursor, "\"parameters\"");

    private static bool TakeToken(ref HeadCursor cursor, string token)
    {
        cursor.SkipWhiteSpace();
        return cursor.Take(token);
    }
}
