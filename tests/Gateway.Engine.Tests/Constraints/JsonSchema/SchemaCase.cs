using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Engine.Tests.Constraints.JsonSchema;

/// <summary>A random schema, and a maker of random documents that it allows.</summary>
/// <param name="Schema">The schema.</param>
/// <param name="Document">Makes a document, with properties in the schema's order.</param>
internal sealed record SchemaCase(JsonNode Schema, Func<Random, JsonNode?> Document)
{
    private static readonly string[] Names = ["name", "name2", "id", "größe", "a\"b", "items", "x", "n"];
    private static readonly string[] Words = ["", "a", "Hello, world", "ä\n\"ß\"", "\\ / \t", "你好 👋", "true", "{}"];

    private static readonly (string Pattern, Func<Random, string> Text)[] Patterns =
    [
        ("^[a-z]{2,5}$", random => new string('q', random.Next(2, 6))),
        ("^\\d{3}-\\d{4}$", random => $"{random.Next(100, 1000)}-{random.Next(1000, 10_000)}"),
        ("(foo|bar)", random => "x" + (random.Next(2) == 0 ? "foo" : "bar\n")),
        ("^(A|B[0-9]+)", random => random.Next(2) == 0 ? "A\"" : "B77 ü"),
    ];

    /// <summary>The whole schema, with a definition that refers to itself.</summary>
    public static SchemaCase Create(Random random) => Complete(Any(random, 0));

    /// <summary>The same, of an object with named properties, as functions take it.</summary>
    public static SchemaCase CreateObject(Random random) => Complete(Record(random, 0));

    private static SchemaCase Complete(SchemaCase root)
    {
        var (schema, document) = root;
        if (schema is JsonObject definitions)
        {
            definitions["$defs"] = new JsonObject
            {
                ["node"] = JsonNode.Parse(
                    """
                    {"type":"object","properties":{"v":{"type":"integer"},"next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}},
                     "required":["v","next"],"additionalProperties":false}
                    """),
            };
        }

        return new SchemaCase(schema, document);
    }

    public JsonElement Element => JsonSerializer.SerializeToElement(Schema);

    private static SchemaCase Any(Random random, int depth) => random.Next(depth >= 3 ? 7 : 12) switch
    {
        0 => Text(random),
        1 => Integer(random),
        2 => Fraction(random),
        3 => new SchemaCase(new JsonObject { ["type"] = "boolean" }, documents => documents.Next(2) == 0),
        4 => Enumeration(random),
        5 => Pattern(random),
        6 => Format(random),
        7 or 8 => Record(random, depth),
        9 => List(random, depth),
        10 => Either(random, depth),
        _ => new SchemaCase(new JsonObject { ["$ref"] = "#/$defs/node" }, documents => Node(documents, documents.Next(4))),
    };

    private static JsonNode Node(Random random, int length) =>
        new JsonObject { ["v"] = random.Next(-100, 100), ["next"] = length == 0 ? null : Node(random, length - 1) };

    private static SchemaCase Text(Random random)
    {
        JsonObject schema = new() { ["type"] = "string" };
        if (random.Next(2) == 0)
        {
            return new SchemaCase(schema, documents => Words[documents.Next(Words.Length)]);
        }

        var (min, max) = (random.Next(0, 4), random.Next(4, 120));
        (schema["minLength"], schema["maxLength"]) = (min, max);
        var runes = string.Concat(Enumerable.Repeat("é\"👋x", 30)).EnumerateRunes().ToList();
        return new SchemaCase(schema, documents => string.Concat(runes.Take(documents.Next(min, max + 1))));
    }

    private static SchemaCase Integer(Random random)
    {
        var (min, max) = (random.Next(-2_000, 0), random.Next(0, 2_000));
        JsonObject schema = new() { ["type"] = "integer", ["minimum"] = min };
        schema[random.Next(2) == 0 ? "maximum" : "exclusiveMaximum"] = max;
        return new SchemaCase(schema, documents => documents.Next(min, max));
    }

    private static SchemaCase Fraction(Random random)
    {
        var (min, max) = (random.Next(-5_000, 5_000), random.Next(1, 10_000));
        var schema = new JsonObject { ["type"] = "number", ["minimum"] = Decimal(min, 2) };
        schema[random.Next(2) == 0 ? "maximum" : "exclusiveMaximum"] = Decimal(min + max, 2);
        return new SchemaCase(schema, documents => Decimal((min * 10L) + documents.Next(0, max * 10), 3));
    }

    private static JsonNode Decimal(long unscaled, byte scale) =>
        JsonNode.Parse(Scaled(unscaled.ToString(CultureInfo.InvariantCulture), scale))!;

    private static string Scaled(string digits, int scale)
    {
        var magnitude = digits.TrimStart('-').PadLeft(scale + 1, '0');
        return (digits[0] == '-' ? "-" : "") + magnitude[..^scale] + "." + magnitude[^scale..];
    }

    private static SchemaCase Enumeration(Random random)
    {
        JsonArray values = [.. Words.OrderBy(_ => random.Next()).Take(random.Next(1, 5)).Select(word => (JsonNode)word), 7, null, new JsonArray(1, "b")];
        return new SchemaCase(new JsonObject { ["enum"] = values }, documents => values[documents.Next(values.Count)]?.DeepClone());
    }

    private static SchemaCase Pattern(Random random)
    {
        var (pattern, text) = Patterns[random.Next(Patterns.Length)];
        return new SchemaCase(new JsonObject { ["type"] = "string", ["pattern"] = pattern }, documents => text(documents));
    }

    private static SchemaCase Format(Random random) => random.Next(3) switch
    {
        0 => Format("date", documents => DateOnly.FromDayNumber(documents.Next(0, 3_000_000)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        1 => Format("uuid", documents =>
        {
            var bytes = new byte[16];
            documents.NextBytes(bytes);
            return new Guid(bytes).ToString();
        }),
        _ => Format("ipv4", documents => $"{documents.Next(256)}.{documents.Next(256)}.0.{documents.Next(256)}"),
    };

    private static SchemaCase Format(string name, Func<Random, string> text) =>
        new(new JsonObject { ["type"] = "string", ["format"] = name }, documents => text(documents));

    private static SchemaCase Record(Random random, int depth)
    {
        var names = Names.OrderBy(_ => random.Next()).Take(random.Next(0, 5)).ToList();
        var members = names.ToDictionary(name => name, _ => Any(random, depth + 1));
        var required = names.Where(_ => random.Next(2) == 0).ToHashSet();
        JsonObject schema = new()
        {
            ["type"] = "object",
            ["properties"] = new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, (JsonNode?)member.Value.Schema))),
            ["required"] = new JsonArray([.. required.Select(name => (JsonNode)name)]),
        };
        var hasMore = random.Next(3) == 0;
        schema["additionalProperties"] = hasMore ? new JsonObject { ["type"] = "integer" } : false;
        return new SchemaCase(schema, documents =>
        {
            JsonObject document = [];
            foreach (var name in names.Where(name => required.Contains(name) || documents.Next(2) == 0))
            {
                document[name] = members[name].Document(documents);
            }

            for (var i = documents.Next(3); hasMore && i > 0; i--)
            {
                document["more" + i] = i;
            }

            return document;
        });
    }

    private static SchemaCase List(Random random, int depth)
    {
        var (item, min, max) = (Any(random, depth + 1), random.Next(0, 3), random.Next(3, 6));
        var schema = new JsonObject { ["type"] = "array", ["items"] = item.Schema, ["minItems"] = min, ["maxItems"] = max };
        return new SchemaCase(schema, documents => new JsonArray([.. Enumerable.Range(0, documents.Next(min, max + 1)).Select(_ => item.Document(documents))]));
    }

    private static SchemaCase Either(Random random, int depth)
    {
        var (one, other) = (Any(random, depth + 1), Any(random, depth + 1));
        var schema = new JsonObject { ["anyOf"] = new JsonArray(one.Schema, other.Schema) };
        return new SchemaCase(schema, documents => (documents.Next(2) == 0 ? one : other).Document(documents));
    }
}
