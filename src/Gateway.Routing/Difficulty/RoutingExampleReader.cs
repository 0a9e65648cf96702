using System.Text.Json;

namespace Gateway.Routing.Difficulty;

/// <summary>
/// Reads routing examples: one JSON object a line, with <c>bench</c>, <c>domain</c> and <c>prompt</c> (strings), <c>weak</c> and
/// <c>strong</c> (booleans). Other fields and empty lines are passed over.
/// </summary>
public static class RoutingExampleReader
{
    /// <param name="file">The name for error messages.</param>
    /// <exception cref="RoutingExampleException">A line is no such object, or there is none.</exception>
    public static async Task<IReadOnlyList<RoutingExample>> ReadAsync(
        TextReader reader, string file, CancellationToken cancellationToken = default)
    {
        var examples = new List<RoutingExample>();
        for (int number = 1; await reader.ReadLineAsync(cancellationToken) is { } line; number++)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                examples.Add(Parse(line, $"{file} line {number}"));
            }
        }

        return examples.Count > 0
            ? examples
            : throw new RoutingExampleException($"{file}: there are no examples. Write one JSON object a line with bench, domain, prompt, weak and strong.");
    }

    private static RoutingExample Parse(string line, string place)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var row = document.RootElement;
            return row.ValueKind == JsonValueKind.Object
                ? new RoutingExample(
                    Text(row, "bench", place), Text(row, "domain", place), Text(row, "prompt", place), Flag(row, "weak", place), Flag(row, "strong", place))
                : throw new RoutingExampleException($"{place}: this is no JSON object. Write {{\"bench\": ..., \"domain\": ..., \"prompt\": ..., \"weak\": ..., \"strong\": ...}}.");
        }
        catch (JsonException exception)
        {
            throw new RoutingExampleException($"{place}: this is no JSON: {exception.Message}", exception);
        }
        catch (InvalidOperationException exception)
        {
            // JsonElement.GetString refuses escaped halves of surrogate pairs.
            throw new RoutingExampleException($"{place}: a string is no valid Unicode: {exception.Message}", exception);
        }
    }

    private static string Text(JsonElement row, string field, string place) =>
        row.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new RoutingExampleException($"{place}: '{field}' is missing or no string. Write \"{field}\": \"...\".");

    private static bool Flag(JsonElement row, string field, string place) =>
        row.TryGetProperty(field, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw new RoutingExampleException($"{place}: '{field}' is missing or no boolean. Write \"{field}\": true or false.");
}
